import { decodeNpy } from '../../audio/mel/npy.js'
import { GlowcastError, invalidArgument, thrownError } from '../../errors.js'
import { failed } from './failed.js'
import {
  maxBytes,
  type Piece,
  parseJson,
  partOfJson,
  reported,
  type SpeechRequest,
  type Transport,
} from './pieces.js'
import { StallGuard } from './stall-guard.js'

const binary = 'application/octet-stream'
const npy = ['application/x-npy', 'application/npy']
const lines = ['application/x-ndjson', 'application/jsonl']
const accepted = [binary, npy[0], lines[0], 'application/json'].join(', ')
/** Statuses of a service that refuses what it was asked. */
const refusals = [400, 422]

/** A service that is asked with GET what it is, and with POST to speak. */
export class HttpTransport implements Transport {
  constructor(
    private readonly address: URL,
    private readonly headers: Readonly<Record<string, string>>,
    private readonly stallMs: number,
  ) {}

  async describe(signal: AbortSignal): Promise<unknown> {
    const guard = new StallGuard(this.stallMs, signal)
    try {
      const response = await this.fetch({ headers: { Accept: 'application/json' } }, guard)
      if (response.status !== 200) throw await this.refusal(response, guard)
      return parseJson(await wholeText(response, guard))
    } finally {
      guard.rests()
    }
  }

  async *speak(request: SpeechRequest, melBands: number, signal: AbortSignal): AsyncGenerator<Piece> {
    const guard = new StallGuard(this.stallMs, signal)
    try {
      const headers = { Accept: accepted, 'Content-Type': 'application/json' }
      const post = { method: 'POST', headers, body: JSON.stringify(request) }
      const response = await this.fetch(post, guard)
      if (response.status !== 200) throw await this.refusal(response, guard)
      const type = (response.headers.get('content-type') ?? binary).split(';')[0]!.trim().toLowerCase()
      if (type === binary) yield* bytesOf(response, guard)
      else if (npy.includes(type)) yield framesOfNpy(await wholeOf(response, guard), melBands)
      else if (lines.includes(type)) {
        for await (const line of linesOf(response, guard)) yield partOfJson(parseJson(line), melBands)
      } else if (type === 'application/json') {
        yield partOfJson(parseJson(await wholeText(response, guard)), melBands)
      } else throw failed(`an answer of the type ${JSON.stringify(type.slice(0, 80))}`, accepted)
    } finally {
      guard.rests()
    }
  }

  /** A redirect is an answer: nothing is asked but what the user named. */
  private async fetch(init: RequestInit & { headers: Record<string, string> }, guard: StallGuard) {
    const headers = { ...this.headers, ...init.headers }
    try {
      const ask = () => fetch(this.address, { ...init, headers, redirect: 'manual', signal: guard.signal })
      // The service may close a connection that was kept just as it is asked again. Asking for a close after each answer would hide
      // that an answer was broken off.
      return await ask().catch((thrown) => (wasClosed(thrown) ? ask() : Promise.reject(thrown)))
    } catch (thrown) {
      throw broken(thrown, guard, 'no connection')
    }
  }

  private async refusal(response: Response, guard: StallGuard): Promise<GlowcastError> {
    const { status } = response
    if (status >= 300 && status < 400) return failed(`status ${status}, a redirect, which is not followed`)
    const text = await wholeText(response, guard).catch(() => '')
    if (!refusals.includes(status)) return failed(`status ${status}`)
    let error: unknown = text
    try {
      error = (JSON.parse(text) as { error?: unknown }).error ?? text
    } catch {
      // It is no JSON, and shown as it is.
    }
    return invalidArgument('text', `status ${status}, ${reported(error)}`, 'a text that the service takes')
  }
}

async function* bytesOf(response: Response, guard: StallGuard): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader()
  if (reader === undefined) return
  try {
    for (;;) {
      guard.waits()
      const { value, done } = await reader.read().catch((thrown) => {
        throw broken(thrown, guard, 'an answer that was broken off')
      })
      guard.rests()
      if (done) return
      yield value
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

function wasClosed(thrown: unknown): boolean {
  const { code } = (thrownError(thrown).cause ?? {}) as NodeJS.ErrnoException
  return code === 'ECONNRESET' || code === 'UND_ERR_SOCKET'
}

/** What fetch throws tells little; the reason of a signal is told as it is. */
function broken(thrown: unknown, { signal }: StallGuard, got: string): unknown {
  if (signal.aborted) return signal.reason
  if (thrown instanceof GlowcastError) return thrown
  const { cause } = thrownError(thrown)
  const { code } = (cause ?? {}) as NodeJS.ErrnoException
  return failed(code === undefined ? got : `${got} (${code})`, 'mel frames', thrown)
}

async function wholeOf(response: Response, guard: StallGuard): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of bytesOf(response, guard)) {
    bytes += part.length
    if (bytes > maxBytes) throw failed(`more than ${maxBytes} bytes at once`, 'frames as they are made')
    parts.push(part)
  }
  return Buffer.concat(parts)
}

async function wholeText(response: Response, guard: StallGuard): Promise<string> {
  return new TextDecoder().decode(await wholeOf(response, guard))
}

async function* linesOf(response: Response, guard: StallGuard): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let held: string[] = []
  let characters = 0
  for await (const bytes of bytesOf(response, guard)) {
    const [first, ...rest] = decoder.decode(bytes, { stream: true }).split('\n')
    held.push(first!)
    characters += first!.length
    if (characters > maxBytes)
      throw failed(`more than ${maxBytes} characters without an end of line`, 'lines')
    for (const next of rest) {
      const line = held.join('')
      if (line.trim() !== '') yield line
      held = [next]
      characters = next.length
    }
  }
  const last = held.join('') + decoder.decode()
  if (last.trim() !== '') yield last
}

/** @throws GlowcastError ENGINE_FAILED */
function framesOfNpy(bytes: Uint8Array, melBands: number): Piece {
  const { shape, data } = npyOf(bytes)
  const [frames, channels] = shape
  if (shape.length !== 2 || channels !== melBands) {
    throw failed(`an array of shape [${shape.join(', ')}]`, `[frames, ${melBands}]`)
  }
  return { mel: { data, frames: frames!, channels: melBands } }
}

function npyOf(bytes: Uint8Array) {
  try {
    return decodeNpy(bytes)
  } catch (thrown) {
    if (!(thrown instanceof GlowcastError)) throw thrown
    throw failed(thrown.got, thrown.expected, thrown)
  }
}
