/** Where the plug-in's files lie; default: as this package has them. */
export interface WamFiles {
  /** A model's folder. */
  readonly model?: string | URL
  readonly worklet?: string | URL
  readonly worker?: string | URL
  readonly runtime?: string | URL
}

export interface WamOptions {
  readonly files?: WamFiles
  /** Notes that sing at once, at most, 1 to 8. Default 4. */
  readonly voices?: number
  /** How long a voice may be made before it is late, in ms; a part of the compensation delay. Default 40. */
  readonly headroomMs?: number
}
