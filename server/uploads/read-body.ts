import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { letContinue } from '../http/continue.js'
import type { Permit } from '../http/request-permits.js'
import { ApiError, fieldError } from '../operations/api-error.js'
import type { ServerLimits } from '../operations/limits.js'

/** An upload that brings less than this within `uploadStallMs` has stalled. */
const minBytes = 64 * 1024

const decompressors = { gzip: createGunzip, deflate: createInflate, br: createBrotliDecompress } as const

/**
 * The body of a request, in a buffer of its own. What is over a limit is refused without being read.
 *
 * @param permit told of what comes; its signal ends the reading
 * @throws ApiError payload_too_large, unsupported_media_type, invalid_message, idle, overloaded; the reason of the signal
 */
export async function readBody(
  request: IncomingMessage,
  permit: Permit,
  limits: Pick<ServerLimits, 'bodyBytes' | 'uploadStallMs' | 'uploadMs'>,
): Promise<Uint8Array<ArrayBuffer>> {
  const { bodyBytes } = limits
  const declared = Number(request.headers['content-length'] ?? 0)
  if (declared > bodyBytes) throw tooLarge(`${declared} bytes`, bodyBytes)
  const source = decompressed(request)
  letContinue(request)
  // Of a declared length all at once, so that it is not held twice; the machine gives the memory as it is written to.
  const whole = source === request && declared > 0 ? new Uint8Array(declared) : undefined
  const parts: Uint8Array[] = []
  let held = 0
  let progress = 0
  const take = (part: Uint8Array) => {
    held += part.length
    if (held > bodyBytes) throw tooLarge(`more than ${bodyBytes} bytes`, bodyBytes)
    permit.hold(part.length)
    if (whole === undefined) parts.push(part)
    else whole.set(part, held - part.length)
    if (held < progress + minBytes) return
    progress = held
    permit.waits()
  }
  try {
    await ended(request, source, permit.signal, limits, take)
  } finally {
    if (source !== request) {
      request.unpipe()
      source.destroy()
    }
  }
  return whole ?? joined(parts, held)
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

/** @throws ApiError unsupported_media_type */
function decompressed(request: IncomingMessage): Readable {
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase()
  if (encoding === 'identity') return request
  if (!Object.hasOwn(decompressors, encoding)) {
    const expected = Object.keys(decompressors).join(', ')
    throw fieldError(
      'unsupported_media_type',
      'Content-Encoding',
      `"${encoding}"`,
      `none or one of ${expected}`,
    )
  }
  return request.pipe(decompressors[encoding as keyof typeof decompressors]())
}

/** Resolves at the end of the body; rejects when it breaks off, stalls or takes too long. Nothing is read after that. */
function ended(
  request: IncomingMessage,
  source: Readable,
  signal: AbortSignal,
  { uploadStallMs, uploadMs }: Pick<ServerLimits, 'uploadStallMs' | 'uploadMs'>,
  take: (part: Uint8Array) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let seen = request.socket.bytesRead
    const stall = setInterval(() => {
      const { bytesRead } = request.socket
      if (bytesRead - seen < minBytes) fail(stalled(bytesRead - seen, uploadStallMs))
      seen = bytesRead
    }, uploadStallMs)
    const total = setTimeout(() => {
      fail(new ApiError('idle', `body: got only a part within ${uploadMs / 1000} s`, { field: 'body' }))
    }, uploadMs)
    const tidy = () => {
      clearInterval(stall)
      clearTimeout(total)
      signal.removeEventListener('abort', aborted)
      source.off('data', data).off('end', end).pause()
    }
    const fail = (error: unknown) => {
      tidy()
      reject(error)
    }
    const aborted = () => fail(signal.reason)
    const data = (part: Uint8Array) => {
      try {
        take(part)
      } catch (error) {
        fail(error)
      }
    }
    const end = () => {
      tidy()
      resolve()
    }
    // Stays on: what fails after this must not be left without a listener.
    const broken = (error: Error) => {
      fail(
        new ApiError('invalid_message', `body: got data that breaks off (${error.message})`, {
          field: 'body',
        }),
      )
    }
    if (signal.aborted) return aborted()
    signal.addEventListener('abort', aborted, { once: true })
    request.on('error', broken)
    if (source !== request) source.on('error', broken)
    source.on('data', data).on('end', end)
  })
}

function tooLarge(got: string, most: number): ApiError {
  return fieldError('payload_too_large', 'body', got, `at most ${most}`)
}

function stalled(bytes: number, ms: number): ApiError {
  const message = `body: got ${bytes} bytes within ${ms / 1000} s, expected at least ${minBytes} or the end`
  return new ApiError('idle', message, { field: 'body' })
}
