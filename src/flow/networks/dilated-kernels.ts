import { tf } from '../../tfjs.js'
import type { Carry } from '../carry.js'
import type { Reach, WavenetConfig } from './wavenet-config.js'

type Kernels = Pick<WavenetConfig, 'kernelSize' | 'dilationBase' | 'layers' | 'causal'>

/** Steps from the first to the last tap of a layer's kernel. */
function span({ kernelSize, dilationBase }: Kernels, layer: number): number {
  return (kernelSize - 1) * dilationBase ** layer
}

/** Steps that a layer's kernel looks ahead. */
export function lookahead(config: Kernels, layer: number): number {
  return config.causal ? 0 : span(config, layer) / 2
}

/** Steps by which each layer's output is late in a chunked run: what the kernels up to it look ahead. */
export function layerDelays(config: Kernels): number[] {
  let steps = 0
  return Array.from({ length: config.layers }, (_, layer) => {
    steps += lookahead(config, layer)
    return steps
  })
}

/** Steps by which WN is late in a chunked run. */
export function wavenetDelay(config: Kernels): number {
  return layerDelays(config).at(-1)!
}

export function reachOf(config: Kernels, carry: Carry): Reach {
  return (layer, x) => {
    const length = span(config, layer)
    if (length === 0) return { taps: x, centre: x }
    const name = `layer${layer}`
    if (config.causal) return { taps: carry.extend(name, x, length), centre: x }
    const taps = carry.surround(name, x, length / 2)
    const [batch, time, channels] = taps.shape
    return { taps, centre: tf.slice(taps, [0, length / 2, 0], [batch, time - length, channels]) }
  }
}
