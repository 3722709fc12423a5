import { Command } from 'commander'
import { packageVersion } from '../../package-root.js'
import type { CliIo, CommandEnd } from '../terminal/io.js'
import { printable } from '../terminal/text.js'
import type { AddCommands } from './add-commands.js'
import { addModelCommands } from './model-commands.js'
import { addDensityCommands } from './scoring-commands.js'
import { addServeCommand } from './serve-command.js'
import { addSynthesisCommands } from './synthesis-commands.js'
import { addTrainingCommands } from './training-commands.js'

/** In the order of the help. */
const commands: readonly AddCommands[] = [
  addSynthesisCommands,
  addTrainingCommands,
  addDensityCommands,
  addModelCommands,
  addServeCommand,
]

/** The program with all its commands; it throws where commander would exit. */
export function createProgram(io: CliIo, ends: CommandEnd): Command {
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
  return program
}
