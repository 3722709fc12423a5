import { type PlaybackState, playbackState, word } from './control-block.js'
import type { Ring } from './ring.js'

/**
 * The audio thread's half of the player: takes samples from the ring, block by block, unchanged.
 *
 * A fade's worth of samples is always kept in reserve within an utterance. When the rest runs out (an underrun), the
 * reserve is played with falling gain; silence follows until the prebuffer is full again, and playback goes on,
 * with rising gain, at the very next sample. So no sample is played twice, none is lost, and no step is larger than
 * the signal's own plus a fade's. An utterance that is there to its end needs no reserve: its last, partial block is
 * played, and what follows is no underrun.
 */
export class Playback {
  private state: PlaybackState = playbackState.waiting
  private gain = 1
  private gainStep = 0
  private rampLeft = 0
  /** The next start goes on where a fade left, and so fades in. */
  private interrupted = false

  /**
   * Any thread; allocates nothing but itself.
   *
   * @param fadeSamples length of a fade, at least 1
   */
  constructor(
    private readonly ring: Ring,
    private readonly words: Int32Array,
    private readonly fadeSamples: number,
  ) {}

  /**
   * Audio thread, once per block. Allocates nothing, takes no lock, never waits. Acts on words and samples as they
   * are when it is called; what the page sets later counts from the next block on.
   *
   * @param output filled whole, with samples or with zeros
   * @param frame the context's frame at the block's start
   */
  render(output: Float32Array, frame: number): void {
    if (this.state === playbackState.playing) this.considerLeaving(output.length)
    if (this.state === playbackState.waiting) this.considerStarting(output.length, frame)
    const count = this.state === playbackState.waiting ? 0 : this.play(output)
    output.fill(0, count)
    Atomics.store(this.words, word.state, this.state)
  }

  /** Audio thread, no allocation. Starts a fade when asked to stop, or when the reserve would be touched. */
  private considerLeaving(blockLength: number): void {
    if (this.clearWanted() || Atomics.load(this.words, word.hold) !== 0) {
      this.fadeOut()
    } else if (this.ring.available() < blockLength + this.fadeSamples && this.untilEnd() === 0) {
      Atomics.add(this.words, word.underruns, 1)
      this.fadeOut()
    }
  }

  private fadeOut(): void {
    this.rampLeft = Math.min(this.fadeSamples, this.untilEnd() || this.ring.available())
    this.gainStep = -this.gain / this.rampLeft
    this.interrupted = true
    this.state = this.rampLeft === 0 ? playbackState.waiting : playbackState.fading
  }

  /** Audio thread, no allocation. Drops what is to be cleared; starts when there is enough, or all, to play. */
  private considerStarting(blockLength: number, frame: number): void {
    const { words, ring } = this
    if (this.clearWanted()) {
      const clears = Atomics.load(words, word.clears)
      ring.skipTo(Atomics.load(words, word.clearTo))
      Atomics.store(words, word.cleared, clears)
      this.interrupted = false
    }
    if (Atomics.load(words, word.hold) !== 0) return
    const wanted = Math.max(Atomics.load(words, word.prebuffer), blockLength + this.fadeSamples)
    if (ring.available() < wanted && this.untilEnd() === 0) return
    this.state = playbackState.playing
    this.gain = this.interrupted ? 0 : 1
    this.rampLeft = this.interrupted ? this.fadeSamples : 0
    this.gainStep = 1 / this.fadeSamples
    this.interrupted = false
    Atomics.store(words, word.startFrame, frame | 0)
    Atomics.add(words, word.starts, 1)
  }

  /** Audio thread, no allocation. Returns how many samples of the block it filled. */
  private play(output: Float32Array): number {
    const end = this.untilEnd()
    const fading = this.state === playbackState.fading
    const ending = end > 0 && this.ring.available() < output.length + this.fadeSamples
    const most = fading ? this.rampLeft : ending ? end : output.length
    const count = this.ring.read(output, Math.min(output.length, most))
    this.applyGain(output, count)
    if (fading && this.rampLeft === 0) this.state = playbackState.waiting
    if (!fading && ending && count === end) this.state = playbackState.waiting
    return count
  }

  private applyGain(output: Float32Array, count: number): void {
    const ramped = Math.min(count, this.rampLeft)
    for (let i = 0; i < ramped; i++) {
      output[i] = output[i]! * this.gain
      this.gain += this.gainStep
    }
    this.rampLeft -= ramped
    // Sums of steps miss 1 by rounding; samples must pass unchanged.
    if (this.rampLeft === 0 && this.gainStep > 0) this.gain = 1
  }

  private clearWanted(): boolean {
    return Atomics.load(this.words, word.clears) !== Atomics.load(this.words, word.cleared)
  }

  /** Samples up to the utterance's end, when the ring holds it; otherwise 0. */
  private untilEnd(): number {
    const distance = (Atomics.load(this.words, word.utteranceEnd) - this.ring.consumed) | 0
    return distance > 0 && distance <= this.ring.available() ? distance : 0
  }
}
