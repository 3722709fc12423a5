import { shiftMel } from '../../audio/mel/degrade.js'
import { logMel, melPresets } from '../../audio/mel/mel.js'
import type { Shape } from '../../flow/parameters.js'
import { normalizeLogMel, silentLogMel } from '../../models/glowcast/mel-normalization.js'
import type { GlowcastModel } from '../../models/glowcast/model.js'
import { hzToOctaves } from '../../models/glowcast/pitch-network.js'
import { RandomStream } from '../../numeric/random.js'
import { randomStreams } from '../../numeric/random-streams.js'
import type { TrainingConfig } from '../config.js'
import type { Features } from './features.js'
import { degradeMel } from './mel-augmentation.js'
import { copyFrames } from './mel-crop.js'

/** Share of the crops that are played slower or faster, and by how many octaves at most. */
const speedShare = 0.5
const slowestOctaves = 0.9
const fastestOctaves = 0.4

/** Share of the crops whose mel is degraded. */
const degradedShare = 0.5

/** Samples on either side of a point that a resampled one is made of. */
const sincReach = 8

export function pitchBatchShapes(model: GlowcastModel, config: TrainingConfig): Record<string, Shape> {
  const { melBands } = melPresets[model.config.mel]
  const { pitchCrops, cropFrames } = config
  return {
    pitchMel: [pitchCrops, cropFrames + 2 * model.pitchLookahead, melBands],
    voiced: [pitchCrops, cropFrames],
    octaves: [pitchCrops, cropFrames],
  }
}

/**
 * Crops for the pitch network alone. It is small, so that it can see many more than the flow in a step, and
 * recordings played slower and faster: voices lower and higher than those of the data.
 */
export class PitchSampler {
  constructor(
    private readonly model: GlowcastModel,
    private readonly config: TrainingConfig,
    private readonly recordings: readonly Features[],
  ) {}

  /** Writes the crops of a step; the same for the same step, whatever came before. */
  fill(batch: Record<string, Float32Array>, step: number, augment: boolean): void {
    batch['voiced']!.fill(0)
    for (let item = 0; item < this.config.pitchCrops; item++) {
      const random = new RandomStream(
        this.config.seed,
        randomStreams.pitchCrops[0] + step * this.config.pitchCrops + item,
      )
      this.fillCrop(batch, item, random, augment)
    }
  }

  private fillCrop(
    batch: Record<string, Float32Array>,
    item: number,
    random: RandomStream,
    augment: boolean,
  ): void {
    const preset = melPresets[this.model.config.mel]
    const { hopLength, melBands } = preset
    const { cropFrames, gainNats } = this.config
    const margin = this.model.pitchLookahead
    const window = cropFrames + 2 * margin
    const recording = this.recordings[random.integer(this.recordings.length)]!
    const octaves = random.uniform() * (slowestOctaves + fastestOctaves) - slowestOctaves
    const speed = augment && random.uniform() < speedShare ? 2 ** octaves : 1
    const covered = Math.ceil(window * speed)
    const start = random.integer(Math.max(1, recording.frames - covered)) - margin

    const target = batch['pitchMel']!.subarray(item * window * melBands, (item + 1) * window * melBands)
    if (speed === 1) copyFrames(recording, start, window, target, preset)
    else {
      const waveform = resampledCrop(recording.waveform, start * hopLength, speed, window * hopLength)
      target.set(logMel(waveform, preset).data)
    }
    if (augment) {
      if (random.uniform() < degradedShare) degradeMel(target, melBands, random)
      shiftMel(target, (2 * random.uniform() - 1) * gainNats)
    }
    const floor = silentLogMel(preset.logFloor)
    for (let i = 0; i < target.length; i++) target[i] = normalizeLogMel(Math.max(target[i]!, floor))

    for (let frame = 0; frame < cropFrames; frame++) {
      const f0Hz = speed * f0At(recording.f0Hz, start + (frame + margin + 0.5) * speed - 0.5)
      if (f0Hz === 0) continue
      batch['voiced']![item * cropFrames + frame] = 1
      batch['octaves']![item * cropFrames + frame] = hzToOctaves(f0Hz)
    }
  }
}

/** F0 at a fractional frame, 0 where unvoiced. */
function f0At(f0Hz: Float32Array, position: number): number {
  const before = Math.floor(position)
  const [a, b] = [f0Hz[before] ?? 0, f0Hz[before + 1] ?? 0]
  const share = position - before
  if (a === 0 || b === 0) return share < 0.5 ? a : b
  return a + share * (b - a)
}

/** Half of a Hann-windowed sinc, so many points a sample. */
const sincPoints = 256
const sincTable = Float64Array.from({ length: sincReach * sincPoints + 1 }, (_, i) => {
  const angle = (Math.PI * i) / sincPoints
  return (i === 0 ? 1 : Math.sin(angle) / angle) * (0.5 + 0.5 * Math.cos(angle / sincReach))
})

/** `count` samples of the waveform played `speed` times as fast, from `start` on; silence outside. */
function resampledCrop(waveform: Float32Array, start: number, speed: number, count: number): Float32Array {
  const bandwidth = Math.min(1, 1 / speed)
  const reach = sincReach / bandwidth
  const scale = bandwidth * sincPoints
  const crop = new Float32Array(count)
  for (let n = 0; n < count; n++) {
    const position = start + n * speed
    const first = Math.max(0, Math.ceil(position - reach))
    const last = Math.min(waveform.length - 1, Math.floor(position + reach))
    let sum = 0
    for (let m = first; m <= last; m++) {
      sum += waveform[m]! * sincTable[Math.round(Math.abs(position - m) * scale)]!
    }
    crop[n] = bandwidth * sum
  }
  return crop
}
