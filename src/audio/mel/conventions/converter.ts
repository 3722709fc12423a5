import { invalidMel } from '../../../errors.js'
import { concatFloats } from '../../../numeric/concat-floats.js'
import { plural } from '../../../plural.js'
import type { Frames } from '../../buffers/frames.js'
import { BankMap } from './bank-map.js'
import { assertConvertible, conversionOf, target, targetFloor } from './conversion.js'
import type { MelDescription } from './description.js'
import { FrameInterpolator, hasTimesOf } from './frame-times.js'
import { ValueScale } from './value-scale.js'

/** Mels of another convention to those of `nvidia-22k`, as they arrive: all pushes and the flush together are the mel. */
export class MelConverter {
  private readonly scale: ValueScale
  /** Absent where the bands are the same. */
  private readonly map: BankMap | undefined
  /** Absent where the frames are. */
  private readonly times: FrameInterpolator | undefined

  /** @throws GlowcastError INVALID_ARGUMENT where the convention cannot be converted */
  constructor(
    private readonly mel: MelDescription,
    private readonly field = 'melConvention',
  ) {
    assertConvertible(mel, field)
    this.scale = new ValueScale(mel)
    if (conversionOf(mel).kind === 'exact') return
    this.map = new BankMap(mel, target)
    if (!hasTimesOf(mel, target)) this.times = new FrameInterpolator(mel, target)
  }

  /** Whether each frame makes one. */
  get keepsFrames(): boolean {
    return this.times === undefined
  }

  /**
   * Values that are not finite stay so, for the check of the result to name them.
   *
   * @param mel [frames, melBands of the convention]
   * @returns natural-log mels, [frames, 80]
   * @throws GlowcastError INVALID_MEL for another number of bands
   */
  push(mel: Frames): Frames {
    if (mel.channels !== this.mel.melBands) {
      throw invalidMel(this.field, plural(mel.channels, 'band'), plural(this.mel.melBands, 'band'))
    }
    const converted = this.mapped(mel)
    return this.times?.push(converted) ?? converted
  }

  /** Ends the mel: its remaining frames. */
  flush(): Frames {
    return (
      this.times?.flush(target.melBands) ?? {
        data: new Float32Array(0),
        frames: 0,
        channels: target.melBands,
      }
    )
  }

  private mapped({ data, frames, channels }: Frames): Frames {
    const logs = data.map((value, i) => this.scale.toLog(value, i % channels))
    const { map } = this
    if (map === undefined) return { data: logs.map(floored), frames, channels }
    const { melBands } = target
    const result = new Float32Array(frames * melBands)
    for (let i = 0; i < frames; i++) {
      const row = logs.subarray(i * channels, (i + 1) * channels)
      map.apply(row, result.subarray(i * melBands, (i + 1) * melBands))
    }
    return { data: result.map(floored), frames, channels: melBands }
  }
}

/** NaN and infinity stay. */
function floored(log: number): number {
  return log < targetFloor ? targetFloor : log
}

/**
 * A whole mel of another convention as one of `nvidia-22k`.
 *
 * @throws GlowcastError INVALID_ARGUMENT, INVALID_MEL
 */
export function convertMel(mel: Frames, convention: MelDescription, field?: string): Frames {
  const converter = new MelConverter(convention, field)
  const [first, last] = [converter.push(mel), converter.flush()]
  const data = concatFloats([first.data, last.data])
  return { data, frames: first.frames + last.frames, channels: first.channels }
}
