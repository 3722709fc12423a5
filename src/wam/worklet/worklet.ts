import type { AudioWorkletGlobalScope, WamEvent, WamMidiData, WamParameterData } from '@webaudiomodules/api'
import getWamParameter from '@webaudiomodules/sdk/src/WamParameter.js'
import getWamParameterInfo from '@webaudiomodules/sdk/src/WamParameterInfo.js'
import getWamParameterInterpolator from '@webaudiomodules/sdk/src/WamParameterInterpolator.js'
import getWamProcessor from '@webaudiomodules/sdk/src/WamProcessor.js'
import { identifier } from '../descriptor.js'
import {
  controlsOf,
  type ParameterId,
  type ParameterValues,
  parameterConfigs,
  parameterIds,
} from '../parameters.js'
import { DelayLine } from './delay-line.js'
import type { ProcessorSettings, StatusMessage, VoiceMessage } from './messages.js'
import { VoiceLine } from './voice-line.js'

// The SDK would bring each of these as a `blob:`, which strict pages refuse; here they are a file's.
getWamParameter(identifier)
getWamParameterInterpolator(identifier)
const WamParameterInfo = getWamParameterInfo(identifier)
const WamProcessor = getWamProcessor(identifier)

const scope = globalThis as unknown as AudioWorkletGlobalScope

const statusSeconds = 0.25

/** The plug-in in the audio thread. */
class GlowcastProcessor extends WamProcessor {
  private readonly settings: ProcessorSettings
  private readonly dry: DelayLine
  private readonly wetness: DelayLine
  private line: VoiceLine | undefined
  private told: ParameterValues | undefined
  private readonly silence: Float32Array
  private readonly rebuilt: Float32Array
  private statusAt = 0

  constructor(options: AudioWorkletNodeOptions) {
    super(options)
    this.settings = options.processorOptions
    const { latencySamples } = this.settings
    this.dry = new DelayLine(latencySamples)
    this.wetness = new DelayLine(latencySamples)
    this.silence = new Float32Array(this._samplesPerQuantum)
    this.rebuilt = new Float32Array(this._samplesPerQuantum)
  }

  override getCompensationDelay(): number {
    return this.settings.latencySamples
  }

  /** Events without a time are for now; the SDK sorts by time. */
  override scheduleEvents(...events: WamEvent[]): void {
    super.scheduleEvents(...events.map((event) => ({ ...event, time: event.time ?? scope.currentTime })))
  }

  override destroy(): void {
    this.line?.close()
    super.destroy()
  }

  override _generateWamParameterInfo() {
    const configs = Object.entries(parameterConfigs(this.settings.controls))
    return Object.fromEntries(configs.map(([id, config]) => [id, new WamParameterInfo(id, config)]))
  }

  override async _onMessage(message: MessageEvent): Promise<void> {
    const { voice } = message.data as Partial<VoiceMessage>
    if (voice === undefined) return super._onMessage(message)
    const { blockSamples, delaySamples } = this.settings
    const onFailure = (failure: NonNullable<StatusMessage['status']['failure']>) => this.tell({ failure })
    this.line = new VoiceLine(voice, { sampleRate: scope.sampleRate, blockSamples, delaySamples, onFailure })
  }

  /** Takes a value into its range; one that is none changes nothing. */
  override _setParameterValue(update: WamParameterData, interpolate: boolean): void {
    const info = this._parameterInfo[update.id]
    if (info === undefined || !Number.isFinite(update.value)) return
    const wanted = update.normalized ? info.denormalize(update.value) : update.value
    const value = Math.min(info.maxValue, Math.max(info.minValue, wanted))
    super._setParameterValue({ id: update.id, value, normalized: false }, interpolate)
  }

  override _onMidi({ bytes }: WamMidiData): void {
    this.line?.play(Uint8Array.from(bytes))
  }

  override _onTransport(): void {}

  override _process(start: number, end: number, inputs: Float32Array[][], outputs: Float32Array[][]): void {
    const input = (inputs[0]?.[0] ?? this.silence).subarray(start, end)
    const rebuilt = this.rebuilt.subarray(start, end)
    this.tellControls(end)
    this.line?.process(input, rebuilt)
    const output = outputs[0]![0]!
    const wet = this._parameterInterpolators['wet']!.values
    for (let i = start; i < end; i++) {
      // A value holds for the sound that comes in with it.
      const share = this.wetness.next(wet[i]!)
      output[i] = share * rebuilt[i - start]! + (1 - share) * this.dry.next(input[i - start]!)
    }
    for (const copy of outputs[0]!.slice(1)) copy.set(output.subarray(start, end), start)
    if (scope.currentTime >= this.statusAt) this.tell({})
  }

  /** What has changed by the end of a slice; the voice takes it once a block. */
  private tellControls(end: number): void {
    const values = this.valuesAt(end - 1)
    const { told } = this
    if (told !== undefined && parameterIds.every((id) => id === 'wet' || told[id] === values[id])) return
    this.line?.set(controlsOf(values))
    if (this.line !== undefined) this.told = values
  }

  private valuesAt(index: number): ParameterValues {
    const valueIn = (id: ParameterId) => this._parameterInterpolators[id]!.values[index]!
    return Object.fromEntries(parameterIds.map((id) => [id, valueIn(id)])) as ParameterValues
  }

  private tell(more: Pick<StatusMessage['status'], 'failure'>): void {
    const computeMs = this.line?.computeMs ?? 0
    const load = computeMs / 1000 / Math.max(statusSeconds, scope.currentTime - this.statusAt + statusSeconds)
    if (this.line !== undefined) this.line.computeMs = 0
    this.statusAt = scope.currentTime + statusSeconds
    const message: StatusMessage = { status: { underruns: this.line?.underruns ?? 0, load, ...more } }
    this.port.postMessage(message)
  }
}

scope.registerProcessor(identifier, GlowcastProcessor)
