/** What is unusual in a segment, as a report shows it. */
export interface ShownSegment {
  /** Where it begins in the recording. */
  readonly startSeconds: number
  readonly waveform: Float32Array
  /** How far each value is from normal over time and frequency, in deviations: [groups, groupSize]. */
  readonly latents: SurpriseMap
  readonly verdict: {
    /** At even steps over time. */
    readonly deviations: Float64Array
    readonly featureGroups: Readonly<Record<string, number>>
  }
}

export interface SurpriseMap {
  readonly values: Float32Array
  readonly groups: number
  readonly groupSize: number
}
