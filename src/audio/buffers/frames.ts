/** A sequence of frames, row-major: `data[frame * channels + channel]`. */
export interface Frames {
  readonly data: Float32Array
  readonly frames: number
  readonly channels: number
}
