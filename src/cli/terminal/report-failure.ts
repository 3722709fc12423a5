import { type Command, CommanderError } from 'commander'
import { GlowcastError } from '../../errors.js'
import { isSystemError, sayingOf } from '../../io/system-error.js'
import { inFlags } from '../program/flag-names.js'
import { nameOf, usageMessage } from '../program/usage-message.js'
import { type CliIo, note } from './io.js'
import { oneLine } from './text.js'

/** Exit codes: 1 for user errors, 70 (EX_SOFTWARE) for internal ones. */
const badInput = 1
const internal = 70

/** What a shell says of a program that SIGPIPE ended: the reader has seen enough. */
const pipeClosed = 141

/** Says what went wrong, in one line where a person can act on it, with a stack only for our own mistakes. */
export function failureCode(error: unknown, io: CliIo, program: Command, args: readonly string[]): number {
  if (isClosedPipe(error)) return pipeClosed
  if (error instanceof CommanderError) return usageCode(error, io, program, args)
  if (error instanceof GlowcastError) {
    note(io, `glowcast: ${inOneLine(inFlags(error, commandOf(program, args)))} [${error.code}]`)
    return badInput
  }
  if (isSystemError(error)) {
    note(io, `glowcast: ${error.path === undefined ? '' : `${error.path}: `}${sayingOf(error)} [IO]`)
    return badInput
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  note(io, `glowcast: internal error, please report it: ${text}`)
  return internal
}

/**
 * Keeps a standard output that cannot be written from ending the program with a stack: a pipe that is closed says nothing,
 * a full disk says so.
 *
 * @returns gives the exit code once the standard output has failed
 */
export function brokenPipe({ stdout, stderr }: Pick<CliIo, 'stdout' | 'stderr'>): () => number | undefined {
  let code: number | undefined
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (code !== undefined) return
    code = error.code === 'EPIPE' ? pipeClosed : badInput
    if (code === badInput)
      stderr.write(`glowcast: standard output cannot be written: ${sayingOf(error)} [IO]\n`)
  })
  // Whoever reads no warnings wants none.
  stderr.on('error', () => undefined)
  return () => code
}

function isClosedPipe(error: unknown): boolean {
  const cause = (error as { cause?: NodeJS.ErrnoException } | undefined)?.cause
  return error instanceof GlowcastError && error.field === '-' && cause?.code === 'EPIPE'
}

/** Help and version were printed; what is wrong with a command line is said in one line. */
function usageCode(error: CommanderError, io: CliIo, program: Command, args: readonly string[]): number {
  if (error.exitCode === 0 || error.code === 'commander.help') return error.exitCode
  const command = commandOf(program, args)
  const said = usageMessage(command, error.message.replace(/^error: /, ''))
  note(io, `glowcast: ${inOneLine(said)} (see ${nameOf(command)} --help) [INVALID_ARGUMENT]`)
  return badInput
}

/** The command that was meant: `content train` for its options, the program for an unknown one. */
function commandOf(program: Command, args: readonly string[]): Command {
  let command = program
  for (const arg of args) {
    const next = command.commands.find((entry) => entry.name() === arg)
    if (next === undefined) break
    command = next
  }
  return command
}

/** Names of files may hold anything: line breaks, and what moves a terminal's cursor. */
function inOneLine(text: string): string {
  return oneLine(text.replaceAll(/\s*\n\s*/g, ' '))
}
