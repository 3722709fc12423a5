import type { Readable } from 'node:stream'
import { GlowcastError } from '../errors.js'
import type { ByteInput } from './byte-file.js'
import { fileInput, openByteFile } from './file-input.js'
import { isPipe, spool } from './input.js'

/** A file, or what came through a pipe, which can be read as often as one. */
export interface PipedInput {
  /** Where its bytes lie. */
  readonly path: string
  /** How errors name it. */
  readonly input: ByteInput
  /** Removes what was kept of a pipe. */
  remove(): Promise<void>
}

/** @param path `-` or a pipe is read to its end first @throws GlowcastError IO */
async function openPiped(path: string, stdin: Readable): Promise<PipedInput> {
  if (!(await isPipe(path))) return { path, input: fileInput(path), remove: async () => undefined }
  const { path: spooled, remove } = await spool(path, stdin)
  return { path: spooled, input: { name: path, open: () => openByteFile(spooled) }, remove }
}

/** Runs work on a file or a pipe; its errors name what the caller named. */
export async function withPiped<T>(
  path: string,
  stdin: Readable,
  work: (piped: PipedInput) => Promise<T>,
): Promise<T> {
  const piped = await openPiped(path, stdin)
  try {
    return await work(piped)
  } catch (error) {
    throw error instanceof GlowcastError ? renamed(error, piped.path, path) : error
  } finally {
    await piped.remove()
  }
}

function renamed(error: GlowcastError, from: string, to: string): GlowcastError {
  const { code, got, expected, message } = error
  if (!message.includes(from)) return error
  const field = error.field.replaceAll(from, to)
  return new GlowcastError(code, field, got, expected, {
    cause: error,
    message: message.replaceAll(from, to),
  })
}
