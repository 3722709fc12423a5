import { stat } from 'node:fs/promises'
import { extname } from 'node:path'
import type { Readable } from 'node:stream'
import { isPipe, type SpooledInput, spool } from '../../../io/input.js'
import type { FileScore } from '../../../scoring/verdict/file-score.js'
import { audioBelow, audioExtensions } from '../../../training/data/dataset.js'
import { foundBefore } from '../../../training/data/walk.js'

/** What `glowcast score` was given, as files. */
export interface ScoredFiles {
  readonly paths: readonly string[]
  /** Files below folders that are no recordings, and why. */
  readonly skipped: readonly { readonly path: string; readonly reason: string }[]
  /** A score as of what was named: a pipe is a file of another name here. */
  named(score: FileScore): FileScore
  /** Removes what was kept of pipes. */
  remove(): Promise<void>
}

/**
 * Folders become the recordings below them, in the order of their names; pipes and `-` are read to their end.
 *
 * @throws GlowcastError IO; INVALID_DATASET for a folder without recordings
 */
export async function scoredFiles(given: readonly string[], stdin: Readable): Promise<ScoredFiles> {
  const paths: string[] = []
  const skipped: { path: string; reason: string }[] = []
  const spooled = new Map<string, SpooledInput & { readonly given: string }>()
  const remove = async () => {
    for (const input of spooled.values()) await input.remove()
  }
  try {
    for (const path of given) {
      if (await isPipe(path)) {
        const input = await spool(path, stdin)
        spooled.set(input.path, { ...input, given: path })
        paths.push(input.path)
      } else if (await isFolder(path)) {
        const below = await audioBelow([path])
        // What its name says is a recording gets an answer, be it that it cannot be read.
        const lost = below.skipped.filter(({ path, reason }) => isAudio(path) && reason !== foundBefore)
        paths.push(...[...below.audio, ...lost].map((audio) => audio.path).sort())
        skipped.push(...below.skipped.filter((entry) => !lost.includes(entry)))
      } else paths.push(path)
    }
  } catch (error) {
    await remove()
    throw error
  }
  return {
    paths,
    skipped,
    named(score) {
      const input = spooled.get(score.file)
      if (input === undefined) return score
      const { error } = score
      const message = error?.message.replaceAll(input.path, input.given)
      return {
        ...score,
        file: input.given,
        ...(error === undefined ? {} : { error: { ...error, message: message! } }),
      }
    },
    remove,
  }
}

function isAudio(path: string): boolean {
  return audioExtensions.has(extname(path).toLowerCase())
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  )
}
