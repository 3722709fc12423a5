import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { packageFolder } from '../../src/package-root.js'
import { built } from '../built.js'
import type { Outcome } from './memory-io.js'

/**
 * Runs the built command in a process of its own, as a user does: for what a call in this process cannot show.
 *
 * @param entry in `dist/src`
 */
export async function runBuiltCommand(
  args: readonly string[],
  entry = 'cli/main.js',
): Promise<Omit<Outcome, 'stdoutBytes'>> {
  await built('server', 'wasm')
  const cli = join(packageFolder(), 'dist', 'src', entry)
  return new Promise((resolve) => {
    execFile(process.execPath, [cli, ...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })
    })
  })
}
