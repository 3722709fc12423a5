export interface WavenetConfig {
  readonly inputChannels: number
  readonly outputChannels: number
  readonly contextChannels: number
  /** Residual and skip channels. */
  readonly channels: number
  readonly layers: number
  readonly kernelSize: number
  readonly dilationBase: number
  /** Causal: only the past. Otherwise centred, as in WaveGlow: a chunked run is then late. */
  readonly causal: boolean
}
