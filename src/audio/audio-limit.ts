import { GlowcastError } from '../errors.js'

/** How much of a recording is decoded at most: a small file can hold very much. */
export interface AudioLimit {
  readonly seconds: number
  /** Of all channels together. */
  readonly samples: number
}

/** @param samples of each channel @throws GlowcastError INVALID_ARGUMENT */
export function requireWithin(
  limit: AudioLimit | undefined,
  samples: number,
  { sampleRate, channels }: { sampleRate: number; channels: number },
  field: string,
): void {
  if (limit === undefined) return
  if (samples > limit.seconds * sampleRate) {
    const got = `${(samples / sampleRate).toFixed(1)} s or more`
    throw new GlowcastError('INVALID_ARGUMENT', field, got, `at most ${limit.seconds} s`)
  }
  if (samples * channels > limit.samples) {
    const got = `${samples * channels} samples or more (${channels} channels at ${sampleRate} Hz)`
    throw new GlowcastError('INVALID_ARGUMENT', field, got, `at most ${limit.samples}`)
  }
}
