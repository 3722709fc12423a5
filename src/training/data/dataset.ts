import { createHash } from 'node:crypto'
import { basename, extname, join, relative } from 'node:path'
import { invalidDataset } from '../../errors.js'
import { sayingOf } from '../../io/system-error.js'
import type { TrainingConfig } from '../config.js'
import { walkFolders } from './walk.js'

type Split = 'training' | 'validation' | 'judging'

export interface Recording {
  readonly path: string
  /** Path below the data folder without extension. */
  readonly name: string
  readonly split: Split
  /** Number in its name, or a hash of it; what the split goes by. */
  readonly phrase: number
}

export interface Skipped {
  readonly path: string
  readonly reason: string
}

export const audioExtensions: ReadonlySet<string> = new Set([
  '.wav',
  '.flac',
  '.mp3',
  '.ogg',
  '.oga',
  '.opus',
])

/** Files that lie beside recordings and are no recordings: nobody wonders why they are skipped. */
const silentExtensions = new Set(['.csv', '.txt', '.md', '.json'])

/**
 * All audio files below the folders, split by phrase number (see `phraseNumber` of the config); a file
 * without a number is split by a hash of its name, so that it never moves.
 *
 * @param omitted folders that are left out, such as the one that is written
 * @throws GlowcastError INVALID_DATASET when a folder cannot be read or holds no audio
 */
export async function scanDataset(
  folders: readonly string[],
  config: Pick<TrainingConfig, 'phraseNumber' | 'validationPhrases' | 'judgingPhrases'>,
  omitted: readonly string[] = [],
): Promise<{ recordings: Recording[]; skipped: Skipped[] }> {
  const pattern = new RegExp(config.phraseNumber)
  const { audio, skipped } = await audioBelow(folders, omitted)
  const recordings = audio.map(({ path, folder }) => {
    const extension = extname(path)
    const name = join(basename(folder), relative(folder, path)).slice(0, -extension.length)
    const phrase = phraseNumber(basename(path, extension), pattern)
    return { path, name, split: splitOf(phrase, config), phrase }
  })
  return { recordings: recordings.sort((a, b) => (a.name < b.name ? -1 : 1)), skipped }
}

/**
 * Files below folders that their names say are audio.
 *
 * @throws GlowcastError INVALID_DATASET when a folder cannot be read or there are none
 */
export async function audioBelow(
  folders: readonly string[],
  omitted: readonly string[] = [],
): Promise<{ audio: { path: string; folder: string }[]; skipped: Skipped[] }> {
  const { files, skipped } = await walkFolders(folders, omitted).catch((cause: NodeJS.ErrnoException) => {
    const folder = cause.path ?? folders.join(', ')
    const got = sayingOf(cause)
    const message = `${folder}: ${got}; expected a folder of recordings`
    throw invalidDataset(folder, got, 'a folder of audio', { cause, message })
  })
  const audio: { path: string; folder: string }[] = []
  for (const { path, root } of files) {
    const extension = extname(path).toLowerCase()
    if (audioExtensions.has(extension)) audio.push({ path, folder: root })
    else if (!silentExtensions.has(extension)) {
      skipped.push({ path, reason: `not one of ${[...audioExtensions].join(', ')}` })
    }
  }
  if (audio.length === 0) {
    throw invalidDataset(
      folders.join(', '),
      skipped.length === 0
        ? 'no audio file'
        : `no audio file that can be read (${skipped[0]!.path}: ${skipped[0]!.reason})`,
      `recordings (${[...audioExtensions].join(', ')})`,
    )
  }
  return { audio, skipped }
}

function phraseNumber(stem: string, pattern: RegExp): number {
  const groups = pattern
    .exec(stem)
    ?.slice(1)
    .filter((group) => group !== undefined)
  const digits = groups?.[0]
  if (digits !== undefined) return Number(digits)
  return createHash('sha256').update(stem).digest().readUInt32BE(0)
}

function splitOf(
  phrase: number,
  config: Pick<TrainingConfig, 'validationPhrases' | 'judgingPhrases'>,
): Split {
  const { validationPhrases, judgingPhrases } = config
  if (phrase % judgingPhrases.modulus === judgingPhrases.remainder) return 'judging'
  if (phrase % validationPhrases.modulus === validationPhrases.remainder) return 'validation'
  return 'training'
}

/** Every third judging phrase calibrates nothing, so that a calibration can be tested. */
export function isForTests({ split, phrase }: Recording): boolean {
  return split === 'judging' && Math.floor(phrase / 20) % 3 === 0
}
