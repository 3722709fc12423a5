import { invalidArgument, invalidAudio } from '../errors.js'
import { plural } from '../plural.js'

/** How much of a recording is decoded at most: a small file can hold very much. */
export interface AudioLimit {
  readonly seconds: number
  /** Of all channels together. */
  readonly samples: number
  /** Asked while a recording is read; throws where it is not wanted any more. */
  readonly check?: () => void
}

const MIN_RATE = 1000
const maxRate = 768_000

/** More makes no sense to anybody, and would cost time and memory for each. */
const maxChannels = 256

/** Whether a header can be believed. @throws GlowcastError INVALID_AUDIO */
export function assertUsual(
  { sampleRate, channels }: { sampleRate: number; channels: number },
  field: string,
): void {
  if (channels < 1 || channels > maxChannels) {
    throw invalidAudio(field, plural(channels, 'channel'), `1 to ${maxChannels}`)
  }
  if (sampleRate < MIN_RATE || sampleRate > maxRate) {
    throw invalidAudio(field, `${sampleRate} Hz`, `${MIN_RATE} to ${maxRate} Hz`)
  }
}

/** @param samples of each channel @throws GlowcastError INVALID_ARGUMENT */
export function assertWithin(
  limit: AudioLimit | undefined,
  samples: number,
  { sampleRate, channels }: { sampleRate: number; channels: number },
  field: string,
): void {
  if (limit === undefined) return
  limit.check?.()
  if (samples > limit.seconds * sampleRate) {
    const got = `${(samples / sampleRate).toFixed(1)} s or more`
    throw invalidArgument(field, got, `at most ${limit.seconds} s`)
  }
  if (samples * channels > limit.samples) {
    const got = `${plural(samples * channels, 'sample')} or more (${plural(channels, 'channel')} at ${sampleRate} Hz)`
    throw invalidArgument(field, got, `at most ${limit.samples}`)
  }
}
