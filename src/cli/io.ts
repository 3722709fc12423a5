import type { Readable, Writable } from 'node:stream'
import type { ProgressStream } from './progress.js'

/** What a command reads from and prints to; `process` is one. */
export interface CliIo {
  readonly stdin: Readable
  readonly stdout: Writable
  readonly stderr: Writable & ProgressStream
}

/** A line of the answer. */
export function print(io: CliIo, line: string): void {
  io.stdout.write(`${line}\n`)
}

/** A line beside the answer: a warning, what is left out, what a person may want to know. */
export function note(io: CliIo, line: string): void {
  io.stderr.write(`${line}\n`)
}

/** Takes what a command gives in the end: its exit code, or nothing for 0. */
export type CommandEnd = (ended: Promise<unknown>) => Promise<void>
