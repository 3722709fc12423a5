import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { basename, extname, join, relative } from 'node:path'
import { GlowcastError } from '../errors.js'
import type { TrainingConfig } from './config.js'

export type Split = 'training' | 'validation' | 'judging'

export interface Recording {
  readonly path: string
  /** Path below the data folder without extension: unique. */
  readonly name: string
  readonly split: Split
  /** Number in its name, or a hash of it; what the split goes by. */
  readonly phrase: number
}

export interface Skipped {
  readonly path: string
  readonly reason: string
}

const audioExtensions = new Set(['.wav', '.flac', '.mp3', '.ogg', '.oga', '.opus'])

/**
 * All audio files below the folders, split by phrase number (see `phraseNumber` of the config); a file
 * without a number is split by a hash of its name, so that it never moves.
 *
 * @throws GlowcastError INVALID_DATASET when a folder cannot be read or holds no audio
 */
export async function scanDataset(
  folders: readonly string[],
  config: Pick<TrainingConfig, 'phraseNumber' | 'validationPhrases' | 'judgingPhrases'>,
): Promise<{ recordings: Recording[]; skipped: Skipped[] }> {
  const pattern = new RegExp(config.phraseNumber)
  const recordings: Recording[] = []
  const skipped: Skipped[] = []
  for (const folder of folders) {
    for (const { path, isFile, isLink } of await entriesBelow(folder)) {
      if (!isFile) {
        skipped.push({ path, reason: isLink ? 'a symbolic link, which is not followed' : 'not a file' })
        continue
      }
      const extension = extname(path).toLowerCase()
      if (!audioExtensions.has(extension)) {
        if (!['.csv', '.txt', '.md', '.json'].includes(extension)) {
          skipped.push({ path, reason: `not one of ${[...audioExtensions].join(', ')}` })
        }
        continue
      }
      const stem = basename(path, extname(path))
      const name = join(basename(folder), relative(folder, path)).slice(0, -extension.length)
      const phrase = phraseNumber(stem, pattern)
      recordings.push({ path, name, split: splitOf(phrase, config), phrase })
    }
  }
  if (recordings.length === 0) {
    throw new GlowcastError(
      'INVALID_DATASET',
      folders.join(', '),
      'no audio file',
      `recordings (${[...audioExtensions].join(', ')})`,
    )
  }
  return { recordings: recordings.sort((a, b) => (a.name < b.name ? -1 : 1)), skipped }
}

/** All that is no folder, at any depth; a link to a folder is a link. */
async function entriesBelow(folder: string): Promise<{ path: string; isFile: boolean; isLink: boolean }[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    return entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) => ({
        path: join(entry.parentPath, entry.name),
        isFile: entry.isFile(),
        isLink: entry.isSymbolicLink(),
      }))
  } catch (error) {
    throw new GlowcastError('INVALID_DATASET', folder, 'a folder that cannot be read', 'a folder of audio', {
      cause: error,
    })
  }
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
