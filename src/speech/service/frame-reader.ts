import { areFinite } from '../../audio/buffers/finite.js'
import type { SpokenPart } from '../acoustic-model.js'
import { failed } from './failed.js'
import type { Piece } from './pieces.js'

const valueBytes = 4
/** Of a part: about half a second, so that the first sound does not wait for more. */
const partFrames = 48

/** Pieces of an answer to parts of whole frames. */
export class FrameReader {
  private held: Uint8Array = new Uint8Array(0)
  private frames = 0

  /** @param maxFrames more are a service that does not end */
  constructor(
    private readonly melBands: number,
    private readonly maxFrames: number,
  ) {}

  /** @throws GlowcastError ENGINE_FAILED for values that are not finite, and too many of them */
  *push(piece: Piece): Generator<SpokenPart> {
    const { mel, f0Hz } = piece instanceof Uint8Array ? { mel: this.framesOf(piece) } : piece
    if (mel === undefined) return
    this.frames += mel.frames
    if (this.frames > this.maxFrames) throw failed(`more than ${this.maxFrames} frames of one text`, 'an end')
    if (!areFinite(mel.data)) throw failed('mel frames that are not finite', 'finite numbers')
    if (f0Hz !== undefined && !areFinite(f0Hz)) throw failed('an F0 that is not finite', 'finite numbers')
    for (let start = 0; start < mel.frames; start += partFrames) {
      const end = Math.min(mel.frames, start + partFrames)
      const data = mel.data.slice(start * this.melBands, end * this.melBands)
      const part = { mel: { data, frames: end - start, channels: this.melBands } }
      yield f0Hz === undefined ? part : { ...part, f0Hz: f0Hz.slice(start, end) }
    }
  }

  /** @throws GlowcastError ENGINE_FAILED where a frame is incomplete, or there is none */
  end(): void {
    if (this.held.length > 0) {
      const expected = `whole frames of ${this.melBands} float32, ${valueBytes * this.melBands} bytes each`
      throw failed(`an end ${this.held.length} bytes into a frame`, expected)
    }
    if (this.frames === 0) throw failed('no mel frames')
  }

  /** Whole frames of what has come; the rest is held. */
  private framesOf(bytes: Uint8Array) {
    const all = Buffer.concat([this.held, bytes])
    const frameBytes = valueBytes * this.melBands
    const frames = Math.floor(all.length / frameBytes)
    this.held = all.subarray(frames * frameBytes)
    const data = Float32Array.from({ length: frames * this.melBands }, (_, i) =>
      all.readFloatLE(valueBytes * i),
    )
    return { data, frames, channels: this.melBands }
  }
}
