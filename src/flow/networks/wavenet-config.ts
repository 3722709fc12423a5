import type { Tensor3D } from '@tensorflow/tfjs-core'
import type { ParameterSpecs, Weights } from '../parameters.js'

export interface WavenetConfig {
  /** Residual and skip channels. */
  readonly channels: number
  readonly layers: number
  readonly kernelSize: number
  readonly dilationBase: number
  /** Causal: only the past. Otherwise centred, as in WaveGlow: a chunked run is then late. */
  readonly causal: boolean
  /** Without it the network sees nothing but its input. */
  readonly contextChannels?: number
}

export interface WavenetSizes extends WavenetConfig {
  readonly inputChannels: number
  readonly outputChannels: number
}

/** What a layer's kernel reaches of its input x, and x at the time of the layer's output. */
export type Reach = (layer: number, x: Tensor3D) => { readonly taps: Tensor3D; readonly centre: Tensor3D }

/** What a layer's gate takes [batch, time, 2 * channels], and the layer's input at the time of its output. */
interface Convolved {
  readonly sums: Tensor3D
  readonly centre: Tensor3D
}

/** The products of a WN, bound to weights. */
export interface WavenetLayers {
  /** The start layer, and layer 0's convolution of it. */
  start(x: Tensor3D): Convolved
  convolve(layer: number, input: Tensor3D): Convolved
  /** What a layer hands to the next one, and what it adds to the network's output. */
  residualAndSkip(layer: number, gated: Tensor3D, centre: Tensor3D): { residual?: Tensor3D; skip?: Tensor3D }
  end(sum: Tensor3D): Tensor3D
}

/** A kind of WN: WaveGlow's, or SqueezeWave's. */
export interface WavenetKind {
  /** Of one layer, its convolution's and its output's. */
  parameters(sizes: WavenetSizes, layer: number): ParameterSpecs
  bind(sizes: WavenetSizes, weights: Weights, reach: Reach): WavenetLayers
}
