import { type PcmFormat, sampleBytes, samplesToPcm } from '../../src/protocol/messages.js'
import { clientError } from '../connection/errors.js'
import { iterable } from './pipes.js'
import type { PcmChunk } from './synthesis/receive-queue.js'

const headerBytes = 44
/** Format tags of WAV. */
const tags: Readonly<Record<PcmFormat, number>> = { s16le: 1, f32le: 3 }
/** Sizes in a WAV file are of 32 bits. */
const maxBytes = 2 ** 32 - headerBytes

type Samples = Pick<PcmChunk, 'samples' | 'sampleRate'>

/**
 * Samples as a WAV file of one channel, type audio/wav.
 *
 * @param source chunks of one rate: a stream of the client, any other iterable, or a ReadableStream
 * @throws GlowcastClientError invalid_argument for no chunk, two rates, or more than 4 GB
 */
export async function toWav(
  source: AsyncIterable<Samples> | Iterable<Samples> | ReadableStream<Samples>,
  { format = 's16le' }: { readonly format?: PcmFormat } = {},
): Promise<Blob> {
  const parts: BlobPart[] = []
  let rate: number | undefined
  let bytes = 0
  for await (const { samples, sampleRate } of Symbol.iterator in source ? source : iterable(source)) {
    rate ??= sampleRate
    if (rate !== sampleRate) refuse(`chunks of ${rate} and of ${sampleRate} Hz, expected one rate`)
    const part = samplesToPcm(samples, format) as Uint8Array<ArrayBuffer>
    bytes += part.length
    if (bytes > maxBytes) refuse('more than 4 GB, expected less')
    parts.push(part)
  }
  if (rate === undefined) refuse('no chunk, expected one at least')
  return new Blob([header(rate, bytes, format), ...parts], { type: 'audio/wav' })
}

function refuse(words: string): never {
  throw clientError('invalid_argument', `source: got ${words}`, { field: 'source' })
}

function header(sampleRate: number, bytes: number, format: PcmFormat): Uint8Array<ArrayBuffer> {
  const width = sampleBytes[format]
  const view = new DataView(new ArrayBuffer(headerBytes))
  const text = (at: number, id: string) => {
    for (const [i, letter] of [...id].entries()) view.setUint8(at + i, letter.charCodeAt(0))
  }
  text(0, 'RIFF')
  view.setUint32(4, headerBytes - 8 + bytes, true)
  text(8, 'WAVEfmt ')
  view.setUint32(16, 16, true)
  view.setUint16(20, tags[format], true)
  view.setUint16(22, 1, true)
  view.setUint32(24, sampleRate, true)
  view.setUint32(28, sampleRate * width, true)
  view.setUint16(32, width, true)
  view.setUint16(34, 8 * width, true)
  text(36, 'data')
  view.setUint32(40, bytes, true)
  return new Uint8Array(view.buffer)
}
