import type { WamEvent, WamParameterInfoMap, WebAudioModule } from '@webaudiomodules/api'
import SdkNode from '@webaudiomodules/sdk/src/WamNode.js'
import getWamParameterInfo from '@webaudiomodules/sdk/src/WamParameterInfo.js'
import { invalidArgument } from '../errors.js'
import { errorOf } from '../threads/failure.js'
import type { VoicePort } from '../web/voice.js'
import { type ParameterId, parameterConfigs } from './parameters.js'
import type { ProcessorSettings, StatusMessage } from './worklet/messages.js'

const WamParameterInfo = getWamParameterInfo()

/** What the voice is doing. */
export interface VoiceStatus {
  /** How often the voice was not there in time. */
  readonly underruns: number
  /** Share of a core that it takes. */
  readonly load: number
  /** Why nothing is rebuilt any more. */
  readonly failure?: Error
}

export interface NodeOptions {
  readonly voice: VoicePort
  readonly blockSamples: number
  readonly headroomSamples: number
  /** Called when the node is destroyed. */
  readonly onDestroy: () => void
}

/** The plug-in's node: mono in, mono out, `getCompensationDelay()` samples later. */
export class GlowcastNode extends SdkNode {
  status: VoiceStatus = { underruns: 0, load: 0 }
  readonly parameterInfo: WamParameterInfoMap
  private readonly latencySamples: number

  constructor(
    module: WebAudioModule,
    private readonly options: NodeOptions,
  ) {
    const { voice, blockSamples, headroomSamples } = options
    const delaySamples = blockSamples + headroomSamples
    const latencySamples = voice.latencySamples + delaySamples
    const settings: ProcessorSettings = {
      controls: voice.controls,
      blockSamples,
      delaySamples,
      latencySamples,
    }
    super(module, {
      numberOfInputs: 1,
      numberOfOutputs: 1,
      outputChannelCount: [1],
      channelCount: 1,
      channelCountMode: 'explicit',
      processorOptions: settings,
    })
    this.latencySamples = latencySamples
    const configs = Object.entries(parameterConfigs(voice.controls))
    this.parameterInfo = Object.fromEntries(
      configs.map(([id, config]) => [id, new WamParameterInfo(id, config)]),
    )
  }

  get latencyMs(): number {
    return (1000 * this.latencySamples) / this.context.sampleRate
  }

  /** Begins to speak with the voice. */
  async begin(): Promise<void> {
    await this._initialize()
    const { port } = this.options.voice
    this.port.postMessage({ voice: port }, [port])
  }

  /** Says that nothing is rebuilt any more. */
  fail(failure: Error): void {
    this.status = { ...this.status, failure }
  }

  /** Whole: the SDK's come from the audio thread without their methods. */
  override async getParameterInfo(...ids: string[]): Promise<WamParameterInfoMap> {
    if (ids.length === 0) return this.parameterInfo
    return Object.fromEntries(ids.map((id) => [id, this.parameterInfo[id]!]))
  }

  override async getCompensationDelay(): Promise<number> {
    return this.latencySamples
  }

  /** @throws GlowcastError INVALID_ARGUMENT for what `getState` does not give; the state is then as before */
  override async setState(state: unknown): Promise<void> {
    const values = (state as { parameterValues?: unknown } | null | undefined)?.parameterValues
    if (typeof values !== 'object' || values === null) {
      throw invalidArgument('state', JSON.stringify(state) ?? 'nothing', '{ parameterValues }')
    }
    for (const [id, entry] of Object.entries(values)) {
      if (this.parameterInfo[id] === undefined) continue
      const value = (entry as { value?: unknown } | null)?.value
      if (!Number.isFinite(value))
        throw invalidArgument(`state.parameterValues.${id}`, `${value}`, 'a number')
    }
    await super.setState(state)
  }

  /** Sets one parameter now, as automation does: hosts hear of it and can record it. */
  change(id: ParameterId, value: number): void {
    this.scheduleEvents({ type: 'wam-automation', data: { id, value, normalized: false } })
  }

  /** Plays a MIDI message now. */
  play(bytes: [number, number, number]): void {
    this.scheduleEvents({ type: 'wam-midi', data: { bytes } })
  }

  /** Events without a time are for now. */
  override scheduleEvents(...events: WamEvent[]): void {
    const { currentTime } = this.context
    super.scheduleEvents(...events.map((event) => ({ ...event, time: event.time ?? currentTime })))
  }

  override destroy(): void {
    if (this._destroyed) return
    super.destroy()
    this.options.onDestroy()
  }

  override _onMessage(message: MessageEvent): void {
    const { status } = message.data as Partial<StatusMessage>
    if (status === undefined) super._onMessage(message)
    else this.take(status)
  }

  private take({ failure, ...rest }: StatusMessage['status']): void {
    this.status = { ...this.status, ...rest, ...(failure === undefined ? {} : { failure: errorOf(failure) }) }
  }
}
