/** The forward pass of a segment's patches. */
export interface PatchLatents {
  /** [patches, melBands] under the flow of the normal sound. */
  readonly values: Float32Array
  /** Of each patch, nats a value; with a background how much likelier that makes it. */
  readonly patchNats: Float64Array
  /** Negative log-likelihood of the dithered patches, in nats of log-mel a value, with the Gaussian constant. */
  readonly natsPerValue: number
  readonly backgroundNatsPerValue?: number
}

/** What the score of a segment is made of. */
export interface ContentStatistics {
  /** See `profileOf`. */
  readonly profile: Float32Array
  /** Mean over bands of the squared mean of a latent over time; of a standard normal near 0. */
  readonly latentMeans: number
  /** Mean over bands of the squared logarithm of a latent's mean square over time; near 0. */
  readonly latentVariances: number
  /** log of how much likelier the background makes it, nats a value; absent without a background. */
  readonly ratio?: number
}

export interface ContentMeasurement {
  readonly seconds: number
  readonly natsPerValue: number
  /** See `PatchLatents`. */
  readonly patchNats: Float64Array
  readonly statistics: ContentStatistics
}
