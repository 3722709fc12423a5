import { execFile } from 'node:child_process'
import { builtFile } from '../../src/package-root.js'
import { built } from '../built.js'
import type { Outcome } from './memory-io.js'

/** What `npx glowcast` starts. */
export const builtCommand = builtFile('bundle/src/cli/main.js')

/**
 * Runs the built command in a process of its own, as a user does: for what a call in this process cannot show.
 *
 * @param cli path of the program
 */
export async function runBuiltCommand(
  args: readonly string[],
  cli = builtCommand,
): Promise<Omit<Outcome, 'stdoutBytes'>> {
  await built('server', 'wasm')
  return new Promise((resolve) => {
    execFile(process.execPath, [cli, ...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })
    })
  })
}
