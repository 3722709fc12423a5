import { stat } from 'node:fs/promises'
import { ioError } from '../../errors.js'

/** For a command that takes one recording. @throws GlowcastError IO for a folder */
export async function assertFile(path: string, command: string): Promise<void> {
  const stats = await stat(path).catch(() => undefined)
  if (stats?.isDirectory() !== true) return
  const expected = `one recording, such as ${path.replace(/[/\\]+$/, '')}/FILE.wav`
  const message = `${path}: a folder; ${command} takes ${expected}`
  throw ioError(path, 'a folder', expected, { message })
}
