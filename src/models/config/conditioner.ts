import type { Conditioner } from '../../flow/networks/conditioner.js'
import { separableWavenet, wavenet } from '../../flow/networks/wavenet.js'
import type { WavenetSchema } from './layer-config.js'

/** The network that a config asks for. */
export function conditionerOf({ separable, ...config }: WavenetSchema, contextChannels: number): Conditioner {
  return (separable === true ? separableWavenet : wavenet)({ ...config, contextChannels })
}
