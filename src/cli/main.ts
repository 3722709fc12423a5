#!/usr/bin/env node
import { existsSync, realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createProgram } from './program/create-program.js'
import type { CliIo, CommandEnd } from './terminal/io.js'
import { onSignals } from './terminal/on-signals.js'
import { brokenPipe, failureCode } from './terminal/report-failure.js'

/**
 * Runs a command line.
 *
 * @param args without the program's name
 * @returns the exit code: 0 done, 1 user error, 2 `score` did not accept every file, 70 internal error, 141 the reader
 *   of the standard output closed it
 */
export async function run(args: readonly string[], io: CliIo = process): Promise<number> {
  let code = 0
  const ends: CommandEnd = async (ended) => {
    const given = await ended
    code = typeof given === 'number' ? given : 0
  }
  const program = createProgram(io, ends)
  try {
    await program.parseAsync(args, { from: 'user' })
    return code
  } catch (error) {
    return failureCode(error, io, program, args)
  }
}

/** Whether this file is what Node was told to run, be it through a link. */
function isProgram(): boolean {
  const script = process.argv[1] ?? ''
  const self = fileURLToPath(import.meta.url)
  // Node takes a name without its ending, too.
  return [script, `${script}.js`].some((path) => existsSync(path) && realpathSync(path) === self)
}

/** Runs the command line that Node was started with, and sets the exit code of the process. */
export async function runProgram(): Promise<void> {
  const isPipeBroken = brokenPipe(process)
  const args = process.argv.slice(2)
  // The server drains.
  if (args[0] !== 'serve') onSignals()
  const code = await run(args)
  process.exitCode = isPipeBroken() ?? (code === 0 ? process.exitCode : code)
}

if (isProgram()) await runProgram()
