import { assertObject, clientError } from '../connection/errors.js'
import { TypedEvents } from '../events.js'
import { iterable } from '../streams/pipes.js'
import type { PcmChunk } from '../streams/synthesis/receive-queue.js'
import { assertSource, checkPlayerOptions, checkPrebuffer } from './check-options.js'
import { JitterEstimator, type PrebufferLimits } from './jitter.js'
import { makeNode } from './make-node.js'
import type { PlayerOptions, PlayerStats, PlayOptions } from './options.js'
import { Output } from './output.js'
import { ResampledUtterances } from './resampled-utterances.js'
import { canShareMemory, soundProblem } from './sound-problem.js'
import type { PlayerState } from './state.js'
import type { Transport } from './transport.js'
import { untilAborted } from './until-aborted.js'
import { Volume } from './volume.js'
import { type PlayerEvents, Watch } from './watch.js'
import { playbackState, word } from './worklet/control-block.js'
import { loadWorklet } from './worklet/load.js'

/** How often the page looks after the ring, in ms: a few per cent of what it holds. */
const tickMs = 10
/** Frames of the ring that a prebuffer leaves free: some blocks of the audio thread. */
const minRoom = 1024

/**
 * Plays samples through an AudioWorklet as they come. Everything here runs on the page's thread, resampling to the
 * context's rate included; the audio thread only copies (see `Playback`).
 */
export class Player extends TypedEvents<PlayerEvents> {
  /** Connect it to where the sound is to go. It has the channels that the player was made with. */
  readonly node: AudioNode
  private readonly jitter: JitterEstimator
  private readonly utterances: ResampledUtterances
  private readonly gain: Volume
  private readonly output: Output
  private readonly watch: Watch
  private underrunsSeen = 0
  /** Samples of the ring that pass in a second. */
  private readonly rate: number
  /** Samples of the source so far, as they went into the ring, and whether these are all. */
  private putSamples = 0
  private isWhole = false
  private readonly closing = new AbortController()
  private turn: { readonly over: AbortController; readonly finished: Promise<void> } | undefined

  private constructor(
    private readonly worklet: AudioWorkletNode,
    private readonly transport: Transport,
    private readonly capacity: number,
    private readonly channels: number,
    private readonly prebuffer: PrebufferLimits,
  ) {
    super()
    const { context } = worklet
    const gain = new GainNode(context)
    this.node = worklet.connect(gain)
    this.gain = new Volume(gain.gain, () => context.currentTime)
    this.output = new Output(context)
    this.watch = new Watch(context, transport, this.output, (type, detail) => this.emit(type, detail))
    this.jitter = new JitterEstimator(prebuffer)
    this.utterances = new ResampledUtterances(context.sampleRate, channels)
    this.rate = context.sampleRate * channels
    this.adaptPrebuffer()
    const { signal } = this.closing
    context.addEventListener('statechange', () => context.state === 'closed' && this.turn?.over.abort(), {
      signal,
    })
  }

  /**
   * Loads the worklet. The context may be suspended until the visitor's first gesture.
   *
   * @throws GlowcastClientError `insecure_context` or `unsupported` as `soundProblem` tells them, invalid_argument
   */
  static async create(context: BaseAudioContext, options: PlayerOptions = {}): Promise<Player> {
    assertObject('context', context, 'an AudioContext')
    const problem = soundProblem()
    if (problem !== undefined) throw problem
    const { channels, ringMs, fadeMs, transport, prebuffer } = checkPlayerOptions(options)
    if (transport === 'shared' && !canShareMemory()) {
      const needed = 'a cross-origin isolated page and SharedArrayBuffer'
      throw clientError('unsupported', `transport: got shared, which needs ${needed}`, { field: 'transport' })
    }
    await loadWorklet(context, options.workletUrl)
    const { node, transport: way, capacity } = makeNode(context, { channels, ringMs, fadeMs, transport })
    return new Player(node, way, capacity, channels, prebuffer)
  }

  get state(): PlayerState {
    return this.watch.state
  }

  /** 0 to 1, moved without a click. At 1, the default, samples arrive unchanged. */
  get volume(): number {
    return this.gain.volume
  }

  /** @throws GlowcastClientError invalid_argument */
  set volume(volume: number) {
    this.gain.volume = volume
    this.emit('volumechange', { volume, muted: this.muted })
  }

  get muted(): boolean {
    return this.gain.muted
  }

  set muted(muted: boolean) {
    this.gain.muted = muted
    this.emit('volumechange', { volume: this.volume, muted })
  }

  /** Seconds of the source that were played. */
  get currentTime(): number {
    return this.stats().positionSeconds
  }

  /** Seconds of the source, once all of it has come. */
  get duration(): number | undefined {
    return this.isWhole ? this.putSamples / this.rate : undefined
  }

  /** Asks the browser to let sound out. Call it in a gesture of the visitor; `play` asks too. */
  unlock(): void {
    this.output.resume()
  }

  /**
   * Plays a source, a stream of the client or any other, to its last sample; what played before is stopped. Where the
   * browser wants a gesture first, it goes on with the next one.
   *
   * @returns resolves when the last sample is played, or the source was stopped
   * @throws whatever the source throws, after what came before is played; the signal's reason; GlowcastClientError
   *   `closed` where the player or its context is closed
   */
  async play(
    source: AsyncIterable<PcmChunk> | ReadableStream<PcmChunk>,
    { signal, prebuffer }: PlayOptions = {},
  ): Promise<void> {
    signal?.throwIfAborted()
    this.assertOpen()
    assertSource(source)
    const limits = checkPrebuffer({ ...this.prebuffer, ...prebuffer })
    const silent = this.stop()
    this.resume()
    this.output.resume()
    const over = new AbortController()
    // Set at once, so that whoever plays or stops next finds this turn, even before it begins.
    const finished = silent.then(() => {
      this.jitter.limits = limits
      return this.playTurn(iterable(source), over.signal)
    })
    const turn = { over, finished: finished.catch(() => undefined) }
    this.turn = turn
    const abort = () => {
      if (this.turn === turn) void this.stop()
    }
    signal?.addEventListener('abort', abort, { once: true })
    try {
      await finished
    } finally {
      signal?.removeEventListener('abort', abort)
    }
    signal?.throwIfAborted()
  }

  /** Fades out and forgets what was not played. Resolves when it is silent. */
  async stop(): Promise<void> {
    const { turn } = this
    if (turn === undefined) return
    this.watch.hold()
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
    const { transport, watch, rate } = this
    watch.look()
    return {
      transport: transport.kind,
      state: watch.state,
      playing: transport.get(word.state) !== playbackState.waiting,
      bufferedMs: (1000 * ((transport.written - transport.consumed) | 0)) / rate,
      prebufferMs: this.jitter.prebufferMs,
      underruns: watch.underruns,
      positionSeconds: watch.played / rate,
      starts: transport.get(word.starts),
      startedAtSeconds: watch.start?.startedAtSeconds,
      startedAtMs: watch.start?.startedAtMs,
    }
  }

  /** Stops, and gives the worklet's node back; what is played afterwards is refused with `closed`. */
  async close(): Promise<void> {
    if (this.closing.signal.aborted) return
    this.closing.abort()
    await this.stop()
    this.output.close()
    this.watch.close()
    this.worklet.port.postMessage({ type: 'close' })
    this.worklet.disconnect()
    this.node.disconnect()
  }

  private assertOpen(): void {
    if (this.closing.signal.aborted) throw clientError('closed', 'play: the player was closed')
    if (this.node.context.state === 'closed') throw clientError('closed', 'play: the context was closed')
  }

  private async playTurn(source: AsyncIterable<PcmChunk>, signal: AbortSignal): Promise<void> {
    this.putSamples = 0
    this.isWhole = false
    this.watch.begin()
    // The turn before may have ended only now, and forgotten what `play` asked.
    this.output.resume()
    this.utterances.restart()
    let isPlayed = false
    try {
      for await (const chunk of untilAborted(source, signal)) {
        this.jitter.arrived(chunk.receivedAtMs, (1000 * chunk.position) / chunk.sampleRate)
        this.adaptPrebuffer()
        await this.put(this.utterances.take(chunk), chunk.last, signal)
      }
      isPlayed = true
    } finally {
      await this.put(this.utterances.rest(), true, signal)
      this.isWhole = !signal.aborted
      await this.until(() => signal.aborted || this.isDrained)
      this.output.stop()
      this.watch.end()
      if (isPlayed && !signal.aborted) this.emit('ended', { underruns: this.watch.underruns })
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
      const space = Math.max(0, transport.space())
      const part = samples.subarray(from, from + space - (space % this.channels))
      from += part.length
      const isWhole = from === samples.length
      if (last && isWhole) transport.set(word.utteranceEnd, (transport.written + part.length) | 0)
      transport.write(part)
      this.putSamples += part.length
      if (isWhole) return
      await this.tick()
    }
  }

  private adaptPrebuffer(): void {
    const underruns = this.transport.get(word.underruns)
    if (underruns !== this.underrunsSeen) this.jitter.underrun()
    this.underrunsSeen = underruns
    const { sampleRate } = this.node.context
    const wanted = Math.round((sampleRate * this.jitter.prebufferMs) / 1000)
    // A ring that cannot hold it would never start.
    const most = this.capacity - minRoom * this.channels
    this.transport.set(word.prebuffer, Math.min(wanted * this.channels, most))
  }

  private async until(isSo: () => boolean): Promise<void> {
    while (!isSo() && this.node.context.state !== 'closed') await this.tick()
  }

  private tick(): Promise<void> {
    this.transport.refresh()
    return new Promise((resolve) => setTimeout(resolve, tickMs))
  }
}
