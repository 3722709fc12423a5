import type { Readable, Writable } from 'node:stream'
import type { ProgressStream } from './progress.js'
import { printable } from './text.js'

/** What a command reads from and prints to; `process` is one. */
export interface CliIo {
  readonly stdin: Readable
  readonly stdout: Writable
  readonly stderr: Writable & ProgressStream
}

/** A line of the answer. Names of files and tags are in many: nothing in it moves a terminal's cursor. */
export function print(io: CliIo, line: string): void {
  io.stdout.write(`${printable(line)}\n`)
}

/** A line beside the answer: a warning, what is left out, what a person may want to know. */
export function note(io: CliIo, line: string): void {
  io.stderr.write(`${printable(line)}\n`)
}

/** Takes what a command gives in the end: its exit code, or nothing for 0. */
export type CommandEnd = (ended: Promise<unknown>) => Promise<void>
