import type { Command } from 'commander'
import type { CliIo, CommandEnd } from '../terminal/io.js'

/** Adds commands to the program. Their code is loaded when one of them runs. */
export type AddCommands = (program: Command, io: CliIo, ends: CommandEnd) => void

/** Shows below the options of a command how it is called. @param lines without the program's name */
export function withExamples(command: Command, ...lines: readonly string[]): Command {
  const text = lines.map((line) => `  $ glowcast ${line}`).join('\n')
  return command.addHelpText('after', `\nExamples:\n${text}`)
}
