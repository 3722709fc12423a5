import { type HostTensor, initializeParameters } from '../src/flow/parameters.js'
import { type GlowcastConfig, parseModelConfig } from '../src/models/config/model-config.js'
import { glowcastModel } from '../src/models/glowcast/model.js'
import { fillNormal } from '../src/numeric/random.js'

/** A `glowcast` model that is small enough for tests and has every part of the shipped one. */
export const tinyConfig = parseModelConfig({
  family: 'glowcast',
  mel: 'nvidia-22k',
  groupSize: 128,
  excitation: true,
  context: { channels: 12, outputChannels: 10, kernelSizes: [3, 5] },
  pitch: { channels: 8, kernelSizes: [5, 3] },
  flow: [
    { type: 'harmonic-layer' },
    { type: 'invertible-conv1x1', form: 'lu', permutation: 'even-odd' },
    {
      type: 'affine-coupling',
      logScaleBound: 2,
      wavenet: { channels: 8, layers: 2, kernelSize: 3, causal: true },
    },
    { type: 'invertible-conv1x1', form: 'permutation', permutation: 'swap-halves' },
    { type: 'affine-coupling', wavenet: { channels: 8, layers: 1, kernelSize: 3, causal: true } },
  ],
}) as GlowcastConfig

/** One that hears no pitch: it measures recordings at less than half the cost. */
export const tinyConfigWithoutPitch: GlowcastConfig = { ...tinyConfig, excitation: false }

/** Initial weights moved at random, so that no layer is the identity and some frames are voiced. */
export function tinyWeights(seed = 1, config = tinyConfig): Record<string, HostTensor> {
  const { parameters } = glowcastModel(config)
  const initial = initializeParameters(parameters, seed)
  Object.entries(initial).forEach(([name, { data }], index) => {
    if (!parameters[name]!.trainable) return
    const noise = new Float32Array(data.length)
    fillNormal(noise, seed, 1000 + index, 0)
    for (let i = 0; i < data.length; i++) data[i] = data[i]! + 0.02 * noise[i]!
  })
  return initial
}

/** A log-mel with slow random movement. */
export function randomMel(frames: number): { data: Float32Array; frames: number; channels: number } {
  const data = new Float32Array(frames * 80)
  fillNormal(data, 9, 9, 0)
  return { data: data.map((value, i) => -5 + 1.5 * value - (i % 80) / 40), frames, channels: 80 }
}
