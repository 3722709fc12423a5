import type { AudioSource } from '../../audio/files/audio-source.js'
import { warningLine, withFileWarnings } from '../../audio/files/file-warnings.js'
import { type CliIo, note } from './io.js'
import { oneLine } from './text.js'

/** A source whose file's warnings are notes beside the answer. */
export function warned(source: AudioSource, name: string, io: CliIo): AudioSource {
  return withFileWarnings(source, (warning) => note(io, `warning: ${oneLine(warningLine(name, warning))}`))
}
