import type { PcmChunk } from './inbox.js'
import { defaultPrebuffer, JitterEstimator, type PrebufferLimits } from './jitter.js'
import { playbackState, word } from './playback-words.js'
import { type ProcessorSettings, processorName } from './player-messages.js'
import { ResampledUtterances } from './resampled-utterances.js'
import { PortTransport, SharedTransport, type Transport } from './transport.js'
import { untilAborted } from './until-aborted.js'

export interface PlayerOptions {
  /** Where `player-worklet.js` is served; default: beside this module. */
  readonly workletUrl?: string | URL
  readonly prebuffer?: Partial<PrebufferLimits>
  /** Audio that the ring holds at least, in ms. Default 1,000. */
  readonly ringMs?: number
  /** Length of the fades around an underrun, a pause or a stop, in ms. Default 5. */
  readonly fadeMs?: number
  /** Default: shared memory where the page is cross-origin isolated, otherwise messages. */
  readonly transport?: 'shared' | 'port'
}

export interface PlayerStats {
  readonly transport: 'shared' | 'port'
  readonly playing: boolean
  /** Audio in the ring, in ms. */
  readonly bufferedMs: number
  /** Audio that must wait before playback starts, in ms; adapts to the jitter seen. */
  readonly prebufferMs: number
  /** How often audio ran out within an utterance since the player was made. */
  readonly underruns: number
  /** How far the source that plays now has been played, in seconds of it. */
  readonly positionSeconds: number
  /** How often playback started, or started again. */
  readonly starts: number
  /** The context's time at which it last did; undefined before the first. */
  readonly startedAtSeconds: number | undefined
}

/** How often the page looks after the ring, in ms: a few per cent of what it holds. */
const tickMs = 10

/**
 * Plays samples through an AudioWorklet as they come. Everything here runs on the page's thread, resampling to the
 * context's rate included; the audio thread only copies (see `Playback`).
 */
export class Player {
  private readonly jitter: JitterEstimator
  private readonly utterances: ResampledUtterances
  private underrunsSeen = 0
  private startOfSource = 0
  private turn: { readonly over: AbortController; readonly finished: Promise<void> } | undefined

  private constructor(
    /** Connect it to where the sound is to go. One channel. */
    readonly node: AudioWorkletNode,
    private readonly transport: Transport,
    prebuffer: PrebufferLimits,
  ) {
    this.jitter = new JitterEstimator(prebuffer)
    this.utterances = new ResampledUtterances(node.context.sampleRate)
    this.adaptPrebuffer()
  }

  /** Loads the worklet. The context may be suspended until the visitor's first click. */
  static async create(context: BaseAudioContext, options: PlayerOptions = {}): Promise<Player> {
    const {
      ringMs = 1000,
      fadeMs = 5,
      transport = globalThis.crossOriginIsolated ? 'shared' : 'port',
    } = options
    const workletUrl =
      options.workletUrl ?? new URL(/* @vite-ignore */ './player-worklet.js', import.meta.url)
    await context.audioWorklet.addModule(workletUrl)
    const capacity = 2 ** Math.ceil(Math.log2((context.sampleRate * ringMs) / 1000))
    const shared = transport === 'shared' ? new SharedTransport(capacity) : undefined
    const settings: ProcessorSettings = {
      capacity,
      fadeSamples: Math.max(1, Math.round((context.sampleRate * fadeMs) / 1000)),
      ...(shared === undefined ? {} : { memory: shared.memory }),
    }
    const node = new AudioWorkletNode(context, processorName, {
      numberOfInputs: 0,
      outputChannelCount: [1],
      processorOptions: settings,
    })
    const prebuffer = { ...defaultPrebuffer, ...options.prebuffer }
    return new Player(node, shared ?? new PortTransport(node.port, capacity), prebuffer)
  }

  /**
   * Plays a source, a stream of the client or any other, to its last sample; what played before is stopped.
   *
   * @returns resolves when the last sample is played, or the source was stopped
   * @throws whatever the source throws, after what came before is played
   */
  play(source: AsyncIterable<PcmChunk>): Promise<void> {
    const silent = this.stop()
    this.resume()
    const over = new AbortController()
    // Set at once, so that whoever plays or stops next finds this turn, even before it begins.
    const finished = silent.then(() => this.playTurn(source, over.signal))
    this.turn = { over, finished: finished.catch(() => undefined) }
    return finished
  }

  /** Fades out and forgets what was not played. Resolves when it is silent. */
  async stop(): Promise<void> {
    const { turn } = this
    if (turn === undefined) return
    turn.over.abort()
    this.transport.set(word.clearTo, this.transport.written)
    this.transport.set(word.clears, (this.transport.get(word.clears) + 1) | 0)
    await turn.finished
    if (this.turn === turn) this.turn = undefined
    const suspended = () => this.node.context.state !== 'running'
    await this.until(
      () => suspended() || this.transport.get(word.cleared) === this.transport.get(word.clears),
    )
  }

  /** Fades out and holds; nothing is lost. */
  pause(): void {
    this.transport.set(word.hold, 1)
  }

  /** Fades in where `pause` left off. */
  resume(): void {
    this.jitter.restart()
    this.transport.set(word.hold, 0)
  }

  stats(): PlayerStats {
    const { transport, node } = this
    transport.refresh()
    const { sampleRate } = node.context
    const starts = transport.get(word.starts)
    return {
      transport: transport.kind,
      playing: transport.get(word.state) !== playbackState.waiting,
      bufferedMs: (1000 * ((transport.written - transport.consumed) | 0)) / sampleRate,
      prebufferMs: this.jitter.prebufferMs,
      underruns: transport.get(word.underruns),
      positionSeconds: ((transport.consumed - this.startOfSource) | 0) / sampleRate,
      starts,
      startedAtSeconds: starts > 0 ? (transport.get(word.startFrame) >>> 0) / sampleRate : undefined,
    }
  }

  /** Stops, and gives the worklet's node back. */
  async close(): Promise<void> {
    await this.stop()
    this.node.port.postMessage({ type: 'close' })
    this.node.disconnect()
  }

  private async playTurn(source: AsyncIterable<PcmChunk>, signal: AbortSignal): Promise<void> {
    this.startOfSource = this.transport.written
    this.utterances.restart()
    try {
      for await (const chunk of untilAborted(source, signal)) {
        this.jitter.arrived(chunk.receivedAtMs, (1000 * chunk.position) / chunk.sampleRate)
        this.adaptPrebuffer()
        await this.put(this.utterances.take(chunk), chunk.last, signal)
      }
    } finally {
      await this.put(this.utterances.rest(), true, signal)
      await this.until(() => signal.aborted || this.isDrained)
    }
  }

  private get isDrained(): boolean {
    const { transport } = this
    return transport.consumed === transport.written && transport.get(word.state) === playbackState.waiting
  }

  /** Writes samples as the ring has room. The end is told before the samples that it comes after: see `Playback`. */
  private async put(samples: Float32Array, last: boolean, signal: AbortSignal): Promise<void> {
    const { transport } = this
    for (let from = 0; !signal.aborted; ) {
      const part = samples.subarray(from, from + Math.max(0, transport.space()))
      from += part.length
      const isWhole = from === samples.length
      if (last && isWhole) transport.set(word.utteranceEnd, (transport.written + part.length) | 0)
      transport.write(part)
      if (isWhole) return
      await this.tick()
    }
  }

  private adaptPrebuffer(): void {
    const underruns = this.transport.get(word.underruns)
    if (underruns !== this.underrunsSeen) this.jitter.underrun()
    this.underrunsSeen = underruns
    const { sampleRate } = this.node.context
    this.transport.set(word.prebuffer, Math.round((sampleRate * this.jitter.prebufferMs) / 1000))
  }

  private async until(isSo: () => boolean): Promise<void> {
    while (!isSo() && this.node.context.state !== 'closed') await this.tick()
  }

  private tick(): Promise<void> {
    this.transport.refresh()
    return new Promise((resolve) => setTimeout(resolve, tickMs))
  }
}
