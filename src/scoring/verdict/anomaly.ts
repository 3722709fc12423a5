/** What kind of fault a recording has. */
export type Reason =
  | 'silence'
  | 'dropout'
  | 'click'
  | 'clipping'
  | 'repeat'
  | 'hum'
  | 'noise'
  | 'band-limited'
  | 'wrong content'
  | 'other'

/** What stands out, in seconds of the recording. */
export interface Anomaly {
  readonly startSeconds: number
  readonly endSeconds: number
  readonly kind: Reason
  /** Family-wise: how often a normal recording has anything, of any kind, that stands out so far. */
  readonly pValue: number
}
