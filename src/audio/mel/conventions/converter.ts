import { invalidArgument, invalidMel } from '../../../errors.js'
import { plural } from '../../../plural.js'
import type { Frames } from '../../buffers/frames.js'
import { conversionOf, targetFloor } from './conversion.js'
import type { MelDescription } from './description.js'
import { ValueScale } from './value-scale.js'

/** Mels of another convention to those of `nvidia-22k`, frame by frame. */
export class MelConverter {
  private readonly scale: ValueScale

  /** @throws GlowcastError INVALID_ARGUMENT where the convention cannot be converted */
  constructor(
    private readonly mel: MelDescription,
    private readonly field = 'melConvention',
  ) {
    const conversion = conversionOf(mel)
    if (conversion.kind === 'refused') {
      throw invalidArgument(field, conversion.reason, 'a convention that can be converted')
    }
    this.scale = new ValueScale(mel)
  }

  /**
   * Values that are not finite stay so, for the check of the result to name them.
   *
   * @param frames [frames, melBands of the convention]
   * @returns natural-log mels, [frames, 80]
   * @throws GlowcastError INVALID_MEL for another number of bands
   */
  push({ data, frames, channels }: Frames): Frames {
    if (channels !== this.mel.melBands) {
      throw invalidMel(this.field, plural(channels, 'band'), plural(this.mel.melBands, 'band'))
    }
    const logs = data.map((value, i) => {
      const log = this.scale.toLog(value, i % channels)
      return log < targetFloor && Number.isFinite(value) ? targetFloor : log
    })
    return { data: logs, frames, channels }
  }
}
