import type { WaveglowConfig } from '../../../src/models/config/model-config.js'

/** NVIDIA's published configuration (waveglow/config.json of NVIDIA/waveglow). */
export const nvidiaWaveglowConfig: WaveglowConfig = {
  family: 'waveglow',
  mel: 'nvidia-22k',
  groupSize: 8,
  flows: 12,
  earlyEvery: 4,
  earlySize: 2,
  upsample: { kernelSize: 1024, stride: 256 },
  wavenet: { channels: 256, layers: 8, kernelSize: 3, dilationBase: 2, causal: false },
  temperature: 0.6,
}
