import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Frames } from '../../audio/buffers/frames.js'
import { writeFileAside } from '../../io/output.js'
import { writeError } from '../../io/system-error.js'

/** File names from utterance names: the number keeps them apart, the letters are for people. */
export function fileStem(index: number, name: string): string {
  const letters = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replaceAll(/^-|-$/g, '')
  return [String(index + 1).padStart(3, '0'), letters].filter((part) => part !== '').join('-')
}

/**
 * Level of the lightest colour, dB. The strongest harmonics stand some 20 dB above the rest of speech: let them
 * saturate, or all else is dark. Digital silence stays dark.
 */
export function topLevel({ data }: Frames): number {
  const loudest = data.reduce((highest, level) => Math.max(highest, level), Number.NEGATIVE_INFINITY)
  return Math.max(loudest - 18, -70)
}

/** Of a report's folder, what is written. */
export const reportParts: readonly string[] = ['index.html', 'img', 'audio']

/** Where the parts of a report go. */
export interface ReportFiles {
  /** @throws GlowcastError IO */
  write(path: string, bytes: Uint8Array | string): Promise<void>
  /** @returns what the page refers to it by */
  place(path: string, type: string, bytes: Uint8Array): Promise<string>
}

/** @param embed pictures and sounds inside the page instead of beside it */
export function reportFiles(dir: string, embed: boolean): ReportFiles {
  const write = async (path: string, bytes: Uint8Array | string): Promise<void> => {
    const target = join(dir, path)
    await mkdir(dirname(target), { recursive: true }).catch((cause) => {
      throw writeError(dirname(target), cause)
    })
    await writeFileAside(target, bytes)
  }
  const place = async (path: string, type: string, bytes: Uint8Array): Promise<string> => {
    if (embed) return `data:${type};base64,${Buffer.from(bytes).toString('base64')}`
    await write(path, bytes)
    return path
  }
  return { write, place }
}
