import type { Frames } from '../../audio/buffers/frames.js'
import { melPresets } from '../../audio/mel/mel.js'
import type { Compiled, Engine } from '../../engine/index.js'
import { tooShort } from '../../errors.js'
import type { HostTensor } from '../../flow/parameters.js'
import { assertFiniteLatents } from '../../likelihood/stream.js'
import { mean, sumOfSquares } from '../../numeric/stats.js'
import { plural } from '../../plural.js'
import type { ContentShape } from './config.js'
import { compileContentForward, contentFlow } from './flow.js'
import type { ContentMeasurement, PatchLatents } from './measurement.js'
import { contentPatches, dithered } from './patches.js'
import { contentStatistics } from './statistics.js'

export interface ContentFlows {
  readonly normal: Record<string, HostTensor>
  /** Of other sounds. */
  readonly background?: Record<string, HostTensor>
}

/** Patches in one call. */
const chunkPatches = 128

/** Measures segments of recordings under the flows of a content model, in memory that their length does not change. */
export class ContentMeter {
  readonly sampleRate: number

  private constructor(
    private readonly shape: ContentShape,
    private readonly normal: Compiled,
    private readonly background: Compiled | undefined,
  ) {
    this.sampleRate = melPresets[shape.mel].sampleRate
  }

  static async create(engine: Engine, shape: ContentShape, flows: ContentFlows): Promise<ContentMeter> {
    const flow = contentFlow(shape)
    const patches = [1, chunkPatches, melPresets[shape.mel].melBands]
    const normal = await compileContentForward(engine, flow, flows.normal, patches)
    const background =
      flows.background === undefined
        ? undefined
        : await compileContentForward(engine, flow, flows.background, patches)
    return new ContentMeter(shape, normal, background)
  }

  /**
   * @param segment mono, at `sampleRate`, without DC
   * @throws GlowcastError TOO_SHORT without a whole patch; NON_FINITE
   */
  async measure(segment: Float32Array): Promise<ContentMeasurement & { readonly patches: Frames }> {
    const patches = contentPatches(segment, this.shape)
    if (patches.frames === 0) {
      const least = this.shape.patchFrames * melPresets[this.shape.mel].hopLength
      throw tooShort('segment', plural(segment.length, 'sample'), `at least ${least}`)
    }
    return { patches, ...(await this.measurePatches(patches, segment.length / this.sampleRate)) }
  }

  /** @param patches of a segment of so many seconds, at least one */
  async measurePatches(patches: Frames, seconds: number): Promise<ContentMeasurement> {
    const latents = await this.latents(patches)
    return {
      seconds,
      natsPerValue: latents.natsPerValue,
      patchNats: latents.patchNats,
      statistics: contentStatistics(patches, latents),
    }
  }

  private async latents(patches: Frames): Promise<PatchLatents> {
    const noisy = dithered(patches, this.shape.ditherNats)
    const normal = await forward(this.normal, noisy)
    if (this.background === undefined) return normal
    const { natsPerValue, patchNats } = await forward(this.background, noisy)
    return {
      ...normal,
      patchNats: normal.patchNats.map((nats, patch) => nats - patchNats[patch]!),
      backgroundNatsPerValue: natsPerValue,
    }
  }

  async dispose(): Promise<void> {
    await this.normal.dispose()
    await this.background?.dispose()
  }
}

/** Change of variables: −log p(x) = Σ ½z² + ½ log 2π − log |det ∂z/∂x|; the patches are independent. */
async function forward(
  flow: Compiled,
  { data, frames, channels }: Frames,
): Promise<{ values: Float32Array; patchNats: Float64Array; natsPerValue: number }> {
  const values = new Float32Array(data.length)
  const patchNats = new Float64Array(frames)
  const x = new Float32Array(chunkPatches * channels)
  for (let first = 0; first < frames; first += chunkPatches) {
    const count = Math.min(chunkPatches, frames - first)
    // The rows behind the last patch keep what was there before: they are not read.
    x.set(data.subarray(first * channels, (first + count) * channels))
    const { z, logDet } = (await flow.run({ x })) as { z: Float32Array; logDet: Float32Array }
    assertFiniteLatents(z, logDet, `patch ${first}`)
    values.set(z.subarray(0, count * channels), first * channels)
    for (let i = 0; i < count; i++) {
      const squares = sumOfSquares(z.subarray(i * channels, (i + 1) * channels))
      patchNats[first + i] = (0.5 * squares - logDet[i]!) / channels + 0.5 * Math.log(2 * Math.PI)
    }
  }
  return { values, patchNats, natsPerValue: mean(patchNats) }
}
