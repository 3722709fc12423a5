import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'

/** Names in a table may have one, and dots of their own. */
const audioExtension = /\.(wav|flac|mp3|ogg|opus|aiff?|m4a|webm)$/i
/** Longer than any phrase: a report shows no books. */
const maxCharacters = 2000
/** The tables of the largest corpora have some MB. */
const maxBytes = 64 * 2 ** 20

/**
 * What is said in recordings, where a file beside them tells: `NAME.txt` or `NAME.lab` of a recording `NAME.wav`, or a
 * `metadata.csv` of lines `NAME|text` in its folder or the one above (as LJ Speech has it).
 */
export class Transcripts {
  private readonly tables = new Map<string, Promise<ReadonlyMap<string, string>>>()

  /** @returns undefined where no file tells */
  async of(path: string): Promise<string | undefined> {
    const folder = dirname(path)
    const stem = basename(path, extname(path))
    for (const extension of ['.txt', '.lab']) {
      const text = await textOf(join(folder, `${stem}${extension}`))
      if (text !== undefined && !isAlignment(text)) return shown(text)
    }
    for (const place of [folder, dirname(folder)]) {
      const text = (await this.table(place)).get(stem)
      if (text !== undefined) return shown(text)
    }
    return undefined
  }

  private table(folder: string): Promise<ReadonlyMap<string, string>> {
    const known = this.tables.get(folder)
    if (known !== undefined) return known
    const reading = textOf(join(folder, 'metadata.csv')).then((text) => tableOf(text ?? ''))
    this.tables.set(folder, reading)
    return reading
  }
}

/** LJ Speech has a third column, in which numbers are spelt out; the second is what was read. */
function tableOf(text: string): ReadonlyMap<string, string> {
  const rows = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .flatMap((line) => {
      const [name, words] = line.split('|')
      if (name === undefined || words === undefined) return []
      return [[basename(name.trim()).replace(audioExtension, ''), words] as const]
    })
  return new Map(rows)
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    // Opening a pipe would wait for whoever writes to it.
    const found = await stat(path)
    return found.isFile() && found.size <= maxBytes ? await readFile(path, 'utf8') : undefined
  } catch {
    // Most recordings have no such file, and a report needs none.
    return undefined
  }
}

/** Labels of HTK are no text: each line begins with where a sound starts and ends. */
function isAlignment(text: string): boolean {
  return /^\s*\d+\s+\d+\s+\S/.test(text)
}

function shown(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return line.length > maxCharacters ? `${line.slice(0, maxCharacters)}…` : line
}
