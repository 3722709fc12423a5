#!/usr/bin/env node
import { existsSync, realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { packageVersion } from '../package-root.js'
import type { AddCommands } from './program/add-commands.js'
import { addModelCommands } from './program/model-commands.js'
import { addDensityCommands } from './program/scoring-commands.js'
import { addServeCommand } from './program/serve-command.js'
import { addSynthesisCommands } from './program/synthesis-commands.js'
import { addTrainingCommands } from './program/training-commands.js'
import type { CliIo, CommandEnd } from './terminal/io.js'
import { onSignals } from './terminal/on-signals.js'
import { brokenPipe, failureCode } from './terminal/report-failure.js'
import { printable } from './terminal/text.js'

/** In the order of the help. */
const commands: readonly AddCommands[] = [
  addSynthesisCommands,
  addTrainingCommands,
  addDensityCommands,
  addModelCommands,
  addServeCommand,
]

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
  const program = new Command('glowcast')
    .description('A flow vocoder: mel frames to speech, training, evaluation and scoring.')
    .version(packageVersion())
    .addHelpText('after', '\nRun `glowcast COMMAND --help` for the options of a command and examples.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(printable(text)),
      // Said by `failureCode`, in one line.
      outputError: () => undefined,
    })
  for (const add of commands) add(program, io, ends)
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
