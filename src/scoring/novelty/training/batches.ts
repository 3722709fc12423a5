import type { Frames } from '../../../audio/buffers/frames.js'
import { invalidDataset } from '../../../errors.js'
import { fillNormal, RandomStream } from '../../../numeric/random.js'
import { randomStreams } from '../../../numeric/random-streams.js'

/** Draws dithered patches, recordings with equal chance whatever their length; the same for the same number. */
export class PatchSampler {
  readonly channels: number

  /** @throws GlowcastError INVALID_DATASET without a recording */
  constructor(
    private readonly recordings: readonly Frames[],
    private readonly options: { readonly seed: number; readonly ditherNats: number },
  ) {
    const [first] = recordings
    if (first === undefined) {
      throw invalidDataset('recordings', 'none', 'at least one to draw patches from')
    }
    this.channels = first.channels
  }

  /** [patches, channels] */
  draw(number: number, patches: number): Frames {
    const { channels } = this
    const { seed, ditherNats } = this.options
    const random = new RandomStream(seed, randomStreams.patchChoice[0] + number)
    const data = new Float32Array(patches * channels)
    fillNormal(data, seed, randomStreams.patchNoise[0] + number, 0)
    for (let patch = 0; patch < patches; patch++) {
      const recording = this.recordings[random.integer(this.recordings.length)]!
      const from = random.integer(recording.frames) * channels
      const to = patch * channels
      for (let band = 0; band < channels; band++) {
        data[to + band] = recording.data[from + band]! + ditherNats * data[to + band]!
      }
    }
    return { data, frames: patches, channels }
  }
}
