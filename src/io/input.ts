import { closeSync, constants, openSync, readSync } from 'node:fs'
import { mkdir, readFile, rm, stat } from 'node:fs/promises'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { isatty } from 'node:tty'
import { GlowcastError } from '../errors.js'
import { openOutput } from './output.js'
import { readError } from './system-error.js'
import { forget, newTemporary } from './temporaries.js'

const standardInput = /^\/(dev\/stdin|dev\/fd\/0|proc\/self\/fd\/0)$/

/** Whether a path says the standard input. */
function isStandardInput(path: string): boolean {
  return path === '-' || standardInput.test(path)
}

/** Whether what a path names can be read once only, from its start to its end. */
export async function isPipe(path: string): Promise<boolean> {
  if (isStandardInput(path)) return true
  const stats = await stat(path).catch(() => undefined)
  return stats?.isFIFO() === true
}

/**
 * The bytes of a pipe or of the standard input, as they come.
 *
 * @throws GlowcastError IO: for a terminal, and for a pipe that nothing was written to and nothing writes to, which would
 *   never come to an end
 */
export async function* readPipe(path: string, stdin: Readable = process.stdin): AsyncGenerator<Uint8Array> {
  const isStandard = isStandardInput(path)
  if (isStandard && stdin === process.stdin && isatty(0)) {
    const got = 'the standard input is a terminal'
    throw new GlowcastError('IO', '-', got, 'a pipe or a file', {
      message: `-: ${got}; pipe something into it`,
    })
  }
  let source: AsyncIterable<unknown> = stdin
  if (!isStandard) {
    source = pipeAt(path)
  }
  let bytes = 0
  try {
    for await (const chunk of source) {
      const part = typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Uint8Array)
      bytes += part.length
      yield part
    }
  } catch (cause) {
    throw readError(path, cause)
  }
  if (bytes === 0) {
    const got = isStandard ? 'nothing came through the standard input' : 'a pipe that nothing writes to'
    throw new GlowcastError('IO', path, got, 'bytes', { message: `${path}: ${got}` })
  }
}

const firstBytes = 1 << 16

async function* pipeAt(path: string): AsyncGenerator<Uint8Array> {
  let descriptor: number
  try {
    // At once: opening a pipe that nothing writes to would wait for ever.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (cause) {
    throw readError(path, cause)
  }
  const first = Buffer.alloc(firstBytes)
  let held: number | undefined
  try {
    held = readSync(descriptor, first)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EAGAIN') {
      closeSync(descriptor)
      throw readError(path, cause)
    }
    // Somebody will write.
  }
  if (held === 0) {
    closeSync(descriptor)
    return
  }
  const rest = new Socket({ fd: descriptor, readable: true, writable: false })
  try {
    if (held !== undefined) yield first.subarray(0, held)
    yield* rest
  } finally {
    rest.destroy()
  }
}

/**
 * A whole file or pipe, in memory.
 *
 * @throws GlowcastError IO
 */
export async function readWhole(path: string, stdin?: Readable): Promise<Uint8Array> {
  if (await isPipe(path)) {
    const parts: Uint8Array[] = []
    for await (const part of readPipe(path, stdin)) parts.push(part)
    return Buffer.concat(parts)
  }
  try {
    return await readFile(path)
  } catch (cause) {
    throw readError(path, cause)
  }
}

/** What came through a pipe, as a file that can be read more than once. */
export interface SpooledInput {
  readonly path: string
  /** Removes the file. */
  remove(): Promise<void>
}

/**
 * Takes a pipe into a file of the system's folder for such.
 *
 * @throws GlowcastError IO
 */
export async function spool(path: string, stdin?: Readable): Promise<SpooledInput> {
  const folder = await newTemporary(join(tmpdir(), 'pipe'))
  const remove = async () => {
    await rm(folder, { recursive: true, force: true })
    forget(folder)
  }
  try {
    await mkdir(folder, { mode: 0o700 })
    const spooled = join(folder, isStandardInput(path) ? 'stdin' : 'pipe')
    const output = await openOutput(spooled)
    try {
      for await (const part of readPipe(path, stdin)) await output.write(part)
      await output.commit()
    } catch (error) {
      await output.discard()
      throw error
    }
    return { path: spooled, remove }
  } catch (error) {
    await remove()
    throw error
  }
}
