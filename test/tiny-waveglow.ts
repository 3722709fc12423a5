import type { HostTensor } from '../src/flow/parameters.js'
import { initializeParameters } from '../src/flow/parameters.js'
import { parseModelConfig, type WaveglowConfig } from '../src/models/config/model-config.js'
import { waveglowModel } from '../src/models/waveglow/model.js'
import { fillNormal } from '../src/numeric/random.js'

/** WaveGlow and SqueezeWave, small enough for tests, with early outputs and kernels that look ahead. */
export const tinyWaveglowConfigs = {
  waveglow: parseModelConfig({
    family: 'waveglow',
    mel: 'nvidia-22k',
    groupSize: 8,
    flows: 5,
    earlyEvery: 2,
    earlySize: 2,
    upsample: { kernelSize: 512, stride: 256 },
    wavenet: { channels: 8, layers: 3, kernelSize: 3, causal: false },
  }) as WaveglowConfig,
  'waveglow of one tap': parseModelConfig({
    family: 'waveglow',
    mel: 'nvidia-22k',
    groupSize: 64,
    flows: 2,
    earlyEvery: 1,
    earlySize: 2,
    wavenet: { channels: 4, layers: 1, kernelSize: 1, causal: false },
  }) as WaveglowConfig,
  squeezewave: parseModelConfig({
    family: 'waveglow',
    mel: 'nvidia-22k',
    groupSize: 128,
    flows: 3,
    earlyEvery: 2,
    earlySize: 16,
    wavenet: { channels: 12, layers: 2, kernelSize: 3, dilationBase: 1, causal: false, separable: true },
  }) as WaveglowConfig,
}

const made = new Map<string, Record<string, HostTensor>>()

/** Initial weights moved at random, so that no coupling is the identity. */
export function tinyWaveglowWeights(config: WaveglowConfig, seed = 1): Record<string, HostTensor> {
  // Three million normal values; tests ask for the same ones again and again.
  const key = JSON.stringify([config, seed])
  const weights = made.get(key) ?? makeWeights(config, seed)
  made.set(key, weights)
  return Object.fromEntries(
    Object.entries(weights).map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]),
  )
}

function makeWeights(config: WaveglowConfig, seed: number): Record<string, HostTensor> {
  const { parameters } = waveglowModel(config)
  const initial = initializeParameters(parameters, seed)
  Object.entries(initial).forEach(([name, { data }], index) => {
    if (!parameters[name]!.trainable || name === 'upsample.weight') return
    const noise = new Float32Array(data.length)
    fillNormal(noise, seed, 1000 + index, 0)
    for (let i = 0; i < data.length; i++) data[i] = data[i]! + 0.05 * noise[i]!
  })
  return initial
}
