import { decibels } from '../../numeric/stats.js'
import { ChannelLevelMeter, type ChannelLevels } from '../metering/channel-levels.js'
import type { AudioSource } from './audio-source.js'

/** What is wrong with a file, whatever is done with its sound; `code` is stable. */
export interface FileWarning {
  readonly code: 'TRUNCATED' | 'BYTES_UNREAD' | 'CHANNELS_CANCEL' | 'SILENT_CHANNEL'
  readonly message: string
}

/** What tells of a file's warnings. */
export interface FileFacts extends ChannelLevels {
  readonly sampleRate: number
  readonly channels: number
  readonly samples: number
  /** Samples of each channel that the file's header tells of, where the file ends before them. */
  readonly declaredSamples?: number
  /** The file ends within its sound, and no header tells how much is missing. */
  readonly isCut?: boolean
  /** Bytes behind the samples that are not read. */
  readonly unreadBytes?: number
  /** The file's encoder left out some of the sound (MP3, Vorbis, Opus). */
  readonly isLossy?: boolean
}

/** A channel that is so much quieter than the loudest is no part of the sound, dB. */
const silentBelowDb = 50

/** The mix of channels that cancel each other is so much quieter than they are, dB. Unlike ones lose 3 dB, four of them 6. */
const cancelledDb = 12

/** What of a source tells where its file ends, and how it holds the sound. */
export function fileExtent({
  declaredSamples,
  isCut,
  unreadBytes,
  isLossy,
}: AudioSource): Pick<FileFacts, 'declaredSamples' | 'isCut' | 'unreadBytes' | 'isLossy'> {
  return {
    ...(declaredSamples === undefined ? {} : { declaredSamples }),
    ...(isCut === undefined ? {} : { isCut }),
    ...(unreadBytes === undefined ? {} : { unreadBytes }),
    ...(isLossy === undefined ? {} : { isLossy }),
  }
}

/** A warning as a line for a person. */
export function warningLine(path: string, { code, message }: FileWarning): string {
  return `${path}: ${message} [${code}]`
}

/** Of the file itself. */
export function fileWarnings(facts: FileFacts): FileWarning[] {
  return [...channelWarnings(facts), ...truncatedWarning(facts), ...unreadWarning(facts)]
}

/**
 * A source that tells of its warnings each time its blocks are read to the end.
 *
 * @param warn called for each, behind the last block
 */
export function withFileWarnings(source: AudioSource, warn: (warning: FileWarning) => void): AudioSource {
  return {
    ...source,
    async *blocks() {
      const meter = new ChannelLevelMeter(source.channels)
      for await (const block of source.blocks()) {
        meter.push(block)
        yield block
      }
      for (const warning of fileWarnings({ ...source, ...meter.levels() })) warn(warning)
    },
  }
}

/** Of what the mix of the channels, which is used, does not tell. */
function channelWarnings({ channels, levelDb, channelLevelsDb, mixLevelDb }: FileFacts): FileWarning[] {
  if (channels < 2 || levelDb === null) return []
  const loudest = Math.max(...channelLevelsDb.map((level) => level ?? Number.NEGATIVE_INFINITY))
  const silent = channelLevelsDb.flatMap((level, i) =>
    (level ?? Number.NEGATIVE_INFINITY) < loudest - silentBelowDb ? [i + 1] : [],
  )
  const warnings: FileWarning[] = []
  if (silent.length > 0) {
    const which = silent.length === 1 ? `channel ${silent[0]} is` : `channels ${silent.join(', ')} are`
    const message = `${which} silent; the mean of ${channels} channels is used`
    warnings.push({ code: 'SILENT_CHANNEL', message })
  }
  // Silent channels only make the mean quieter, by what their number tells.
  const sounding = channels - silent.length
  const expected = levelDb + decibels(sounding / channels)
  if (sounding > 1 && (mixLevelDb ?? Number.NEGATIVE_INFINITY) < expected - cancelledDb) {
    const left = mixLevelDb === null ? 'silence' : `${(levelDb - mixLevelDb).toFixed(0)} dB less`
    const message = `the channels cancel each other: of their mean, which is used, ${left} is left`
    warnings.push({ code: 'CHANNELS_CANCEL', message })
  }
  return warnings
}

/** Of a file that ends before its header says, or within its sound. */
function truncatedWarning({ sampleRate, samples, declaredSamples, isCut }: FileFacts): FileWarning[] {
  const seconds = (count: number) => (count / sampleRate).toFixed(2)
  if (declaredSamples !== undefined) {
    const message = `${seconds(samples)} of ${seconds(declaredSamples)} s are there: the file was cut`
    return [{ code: 'TRUNCATED', message }]
  }
  if (isCut !== true) return []
  return [
    { code: 'TRUNCATED', message: `the file ends within its sound, after ${seconds(samples)} s: it was cut` },
  ]
}

function unreadWarning({ unreadBytes }: FileFacts): FileWarning[] {
  if (unreadBytes === undefined) return []
  const message = `${unreadBytes} bytes behind the samples that the header tells of are not read`
  return [{ code: 'BYTES_UNREAD', message }]
}
