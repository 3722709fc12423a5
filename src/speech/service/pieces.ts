import type { SpokenPart } from '../acoustic-model.js'
import { failed } from './failed.js'

/** What a service answers, as it comes: bytes of float32 frames, or parts. */
export type Piece = Uint8Array | Partial<SpokenPart>

/** How a service is asked. */
export interface Transport {
  /**
   * What the service says of itself, JSON that was not looked at.
   *
   * @throws GlowcastError ENGINE_FAILED; the reason of the signal
   */
  describe(signal: AbortSignal): Promise<unknown>
  /**
   * @param melBands of its frames
   * @throws GlowcastError ENGINE_FAILED, INVALID_ARGUMENT for a text that the service refuses; the reason of the signal
   */
  speak(request: SpeechRequest, melBands: number, signal: AbortSignal): AsyncGenerator<Piece>
}

export interface SpeechRequest {
  readonly input: string
  readonly voice: string
  readonly speed: number
}

/** Bytes of an answer as a whole, or of one line or message: ten minutes of 100 bands as JSON are less. */
export const maxBytes = 64 * 2 ** 20
const shownCharacters = 200

/** JSON of a service. @throws GlowcastError ENGINE_FAILED */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw failed(`${text.length} characters that are no JSON`)
  }
}

/**
 * A part as JSON: `{ "mel": [[…], …], "f0": […] }`, or `{ "error": "…" }`.
 *
 * @throws GlowcastError ENGINE_FAILED for anything else
 */
export function partOfJson(json: unknown, melBands: number): SpokenPart {
  const { mel, f0, error } = (typeof json === 'object' && json !== null ? json : {}) as Record<
    string,
    unknown
  >
  if (error !== undefined) throw failed(reported(error))
  if (!Array.isArray(mel)) throw failed('JSON without a field "mel"', '{ "mel": [[…], …] }')
  const data = new Float32Array(mel.length * melBands)
  for (const [i, row] of mel.entries()) data.set(numbersOf(row, `mel frame ${i}`, melBands), i * melBands)
  const part = { mel: { data, frames: mel.length, channels: melBands } }
  return f0 === undefined || f0 === null ? part : { ...part, f0Hz: numbersOf(f0, 'f0', mel.length) }
}

function numbersOf(values: unknown, name: string, count: number): Float32Array {
  if (!Array.isArray(values) || values.length !== count) {
    const got = Array.isArray(values) ? `${values.length} values` : 'no list'
    throw failed(`${name} of ${got}`, `${count} numbers`)
  }
  const bad = values.find((value) => typeof value !== 'number')
  if (bad !== undefined) throw failed(`${name} with what is no number`, 'numbers')
  return Float32Array.from(values as number[])
}

/** What a service says is wrong, in its words, cut short. */
export function reported(error: unknown): string {
  const { message = error } = (typeof error === 'object' && error !== null ? error : {}) as {
    message?: unknown
  }
  const text = typeof message === 'string' ? message : (JSON.stringify(message) ?? '')
  return `an error: ${JSON.stringify(text.slice(0, shownCharacters))}`
}
