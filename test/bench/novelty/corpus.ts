import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { GlowcastError } from '../../../src/errors.js'
import { defaultContentShape } from '../../../src/scoring/novelty/config.js'
import { type ContentRecording, readContentRecording } from '../../../src/scoring/novelty/recording.js'

export const shape = defaultContentShape

/** A clip of ESC-50, whose names are fold-source-take-class. */
export interface Clip {
  readonly name: string
  readonly category: number
  readonly fold: number
  readonly recording: ContentRecording
}

/** Reads recordings as training does, once: what was read is kept in a folder. */
export class ContentCorpus {
  constructor(private readonly cache: string) {
    mkdirSync(cache, { recursive: true })
  }

  async load(path: string): Promise<ContentRecording> {
    const file = join(this.cache, createHash('sha256').update(path).digest('hex').slice(0, 20))
    if (!existsSync(`${file}.json`)) {
      const { hash, segments } = await readContentRecording(path, shape)
      const { patches, seconds } = segments[0]!
      writeFileSync(`${file}.f32`, new Uint8Array(patches.data.buffer))
      writeFileSync(`${file}.json`, JSON.stringify({ hash, seconds, channels: patches.channels }))
    }
    const { hash, seconds, channels } = JSON.parse(readFileSync(`${file}.json`, 'utf8'))
    const bytes = readFileSync(`${file}.f32`)
    const data = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
    return { hash, segments: [{ patches: { data, frames: data.length / channels, channels }, seconds }] }
  }

  async loadAll(paths: readonly string[]): Promise<ContentRecording[]> {
    const recordings: ContentRecording[] = []
    for (const path of paths) recordings.push(await this.load(path))
    return recordings
  }

  /** All clips of ESC-50 below a folder of one folder for each class; silent ones are left out and named. */
  async esc50(folder: string): Promise<Clip[]> {
    const clips: Clip[] = []
    const classes = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())
    for (const path of classes.flatMap(({ name }) => audioIn(join(folder, name)))) {
      const name = basename(path).replace(/\.\w+$/, '')
      const [fold, , , category] = name.split('-')
      try {
        clips.push({
          name,
          category: Number(category),
          fold: Number(fold),
          recording: await this.load(path),
        })
      } catch (error) {
        if (!(error instanceof GlowcastError)) throw error
        console.error(`left out: ${error.message}`)
      }
    }
    return clips
  }
}

export function audioIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => /\.(wav|flac|ogg)$/.test(name))
    .sort()
    .map((name) => join(folder, name))
}

export function spreadOver<T>(items: readonly T[], count: number): T[] {
  const most = Math.min(count, items.length)
  return Array.from({ length: most }, (_, i) => items[Math.floor((i * items.length) / most)]!)
}
