import { excitationFromPhase } from '../../audio/excitation/excitation.js'
import { melPresets } from '../../audio/mel/mel.js'
import { mdct } from '../../audio/spectral/mdct.js'
import type { Shape } from '../../flow/parameters.js'
import { sizeOf } from '../../flow/parameters.js'
import { normalizeLogMel, silentLogMel } from '../../models/glowcast/mel-normalization.js'
import type { GlowcastModel } from '../../models/glowcast/model.js'
import { fillNormal, RandomStream } from '../../numeric/random.js'
import { randomStreams } from '../../numeric/random-streams.js'
import { type TrainingConfig, trainsFlow } from '../config.js'
import { phaseAt } from '../schedule.js'
import { CropDraw } from './crop-draw.js'
import type { Features } from './features.js'
import { degradeMel } from './mel-augmentation.js'
import { copyFrames } from './mel-crop.js'
import { PitchSampler, pitchBatchShapes } from './pitch-batches.js'

/** One step of a 16-bit waveform: uniform noise of this width makes the density of integers continuous. */
const dequantisationStep = 1 / 32768

export type Batch = Record<string, Float32Array>

export function batchShapes(model: GlowcastModel, config: TrainingConfig): Record<string, Shape> {
  const { batchSize, cropFrames } = config
  const { groupSize, excitation, mel } = model.config
  const groups = cropFrames * model.groupsPerFrame
  const shapes: Record<string, Shape> = {
    x: [batchSize, groups, groupSize],
    mel: [batchSize, cropFrames + 2 * model.lookahead, melPresets[mel].melBands],
    ...pitchBatchShapes(model, config),
    noise1: [batchSize, groups, groupSize],
    noise2: [batchSize, groups, groupSize],
    bandwidthHz: [batchSize],
  }
  if (excitation) shapes['excitation'] = [batchSize, groups, 2 * groupSize]
  return shapes
}

/** Cuts crops out of analysed recordings and turns them into what the graph takes. */
export class BatchSampler {
  private readonly shapes: Record<string, Shape>
  /** Validation draws none, and its recordings need not be of every source. */
  private crops: CropDraw | undefined
  private readonly pitch: PitchSampler

  constructor(
    private readonly model: GlowcastModel,
    private readonly config: TrainingConfig,
    private readonly recordings: readonly Features[],
  ) {
    this.shapes = batchShapes(model, config)
    this.pitch = new PitchSampler(model, config, recordings)
  }

  /**
   * Random crops with random levels; the same for the same step, whatever came before. Zeros for the flow in a
   * phase that does not train it.
   */
  training(step: number): Batch {
    const batch = this.empty()
    this.pitch.fill(batch, step, true)
    if (!trainsFlow(phaseAt(this.config, step).phase)) return batch
    this.crops ??= new CropDraw(this.recordings, this.config)
    for (let item = 0; item < this.config.batchSize; item++) {
      const random = new RandomStream(
        this.config.seed,
        randomStreams.trainingCrops[0] + step * this.config.batchSize + item,
      )
      const { recording, start } = this.crops.draw(random)
      // The cube makes small changes the likelier: a noise floor stays near to where recordings have it.
      const gain = (2 * random.uniform() - 1) ** 3 * this.config.gainNats
      const degraded = random.uniform() < this.config.worsenedShare
      this.fill(batch, item, recording, { start, gain, degraded }, random)
    }
    this.fillNoise(batch, step)
    return batch
  }

  /** Crops spread evenly over the recordings, at their own level; the same at each call. */
  validation(number: number): Batch {
    const batch = this.empty()
    const { batchSize, validationCrops, cropFrames, seed } = this.config
    for (let item = 0; item < batchSize; item++) {
      const crop = number * batchSize + item
      const index = Math.floor((crop * this.recordings.length) / Math.max(validationCrops, batchSize))
      const recording = this.recordings[index % this.recordings.length]!
      const start = Math.floor((recording.frames - cropFrames) / 2)
      const random = new RandomStream(seed, randomStreams.validationCrops[1] - crop)
      this.fill(batch, item, recording, { start, gain: 0, degraded: false }, random)
    }
    this.pitch.fill(batch, -1 - number, false)
    this.fillNoise(batch, -1 - number)
    return batch
  }

  private empty(): Batch {
    return Object.fromEntries(
      Object.entries(this.shapes).map(([name, shape]) => [name, new Float32Array(sizeOf(shape))]),
    )
  }

  private fillNoise(batch: Batch, step: number): void {
    fillNormal(batch['noise1']!, this.config.seed, randomStreams.trainingNoise[0] + 2 * step, 0)
    fillNormal(batch['noise2']!, this.config.seed, randomStreams.trainingNoise[0] + 2 * step + 1, 0)
  }

  private fill(
    batch: Batch,
    item: number,
    recording: Features,
    { start, gain, degraded }: { start: number; gain: number; degraded: boolean },
    random: RandomStream,
  ): void {
    const { cropFrames } = this.config
    const { groupSize, mel: preset } = this.model.config
    const { sampleRate, hopLength, melBands, logFloor } = melPresets[preset]
    const samples = cropFrames * hopLength
    const first = start * hopLength
    // A mask's slope is not to touch what holds the whole band.
    const isWhole = recording.bandwidthHz >= sampleRate / 2
    batch['bandwidthHz']![item] = isWhole ? sampleRate : recording.bandwidthHz
    const amplitude = Math.exp(gain)
    const dequantised = padded(recording.waveform, first - groupSize, samples + 2 * groupSize, 0)
    for (let i = 0; i < dequantised.length; i++) {
      dequantised[i] = amplitude * (dequantised[i]! + (random.uniform() - 0.5) * dequantisationStep)
    }
    batch['x']!.set(innerCoefficients(dequantised, groupSize), item * samples)
    if (batch['excitation'] !== undefined) {
      const phase = unwrapped(padded(recording.phase, first - groupSize, samples + 2 * groupSize, Number.NaN))
      interleave(batch['excitation'], item, phase, groupSize)
    }

    const margin = this.model.lookahead
    const window = cropFrames + 2 * margin
    const mel = batch['mel']!.subarray(item * window * melBands, (item + 1) * window * melBands)
    copyFrames(recording, start - margin, window, mel, { melBands, logFloor })
    if (degraded) degradeMel(mel, melBands, random)
    const floor = silentLogMel(logFloor)
    for (let i = 0; i < mel.length; i++) {
      const value = mel[i]! > floor ? Math.max(mel[i]! + gain, floor) : floor
      mel[i] = normalizeLogMel(value)
    }
  }
}

/** A copy of `length` values from `start` on, `fill` outside. */
function padded(source: Float32Array, start: number, length: number, fill: number): Float32Array {
  const target = new Float32Array(length).fill(fill)
  const from = Math.max(0, start)
  target.set(source.subarray(from, Math.max(from, start + length)), from - start)
  return target
}

/** MDCT coefficients without the first and the last group, whose windows end at the cut. */
function innerCoefficients(waveform: Float32Array, groupSize: number): Float32Array {
  const { data } = mdct(waveform, groupSize)
  return data.subarray(groupSize, data.length - groupSize)
}

/** From cycles modulo 1 back to a phase that grows. */
function unwrapped(phase: Float32Array): Float64Array {
  const result = Float64Array.from(phase)
  let turns = 0
  for (let i = 1; i < result.length; i++) {
    if (phase[i]! < phase[i - 1]!) turns += 1
    result[i] = phase[i]! + turns
  }
  return result
}

function interleave(target: Float32Array, item: number, phase: Float64Array, groupSize: number): void {
  const { cosine, sine } = excitationFromPhase(phase)
  const c = innerCoefficients(cosine, groupSize)
  const s = innerCoefficients(sine, groupSize)
  const offset = item * 2 * c.length
  for (let group = 0; group < c.length / groupSize; group++) {
    const at = offset + 2 * group * groupSize
    target.set(c.subarray(group * groupSize, (group + 1) * groupSize), at)
    target.set(s.subarray(group * groupSize, (group + 1) * groupSize), at + groupSize)
  }
}
