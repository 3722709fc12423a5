import { once } from 'node:events'
import type { Request, RequestHandler, Response } from 'express'
import express from 'express'
import { z } from 'zod'
import { wavHeader } from '../src/audio/wav-encoding.js'
import { floatsToBytes, type PcmFormat, pcmFormats, samplesToS16 } from '../src/protocol.js'
import type { Analysis } from './analysis.js'
import { mediaType } from './http/media-type.js'
import { overloaded, Problem } from './problem.js'
import { numberText, parseOrRefuse } from './query.js'
import type { SessionContext } from './socket-session.js'
import { synthesize } from './synthesize.js'

const querySchema = z.strictObject({
  seed: numberText.pipe(z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)).exactOptional(),
  temperature: numberText.pipe(z.number().min(0).max(2)).exactOptional(),
  pitchSemitones: numberText.pipe(z.number().min(-36).max(36)).exactOptional(),
  melProjections: numberText.pipe(z.number().int().min(0)).exactOptional(),
  format: z.enum(pcmFormats).default('s16le'),
  axes: z.enum(['frames-bands', 'bands-frames']).exactOptional(),
})

/** `POST /v1/vocode`: a recording or its mel in, audio out while it is made. */
export function vocodeHandlers(context: SessionContext, analysis: Analysis): RequestHandler[] {
  const { limits, admission, log } = context
  let running = 0
  const enter: RequestHandler = (_request, response, next) => {
    const refusal = admission.refusal()
    if (refusal !== undefined) throw refusal
    if (running >= limits.vocodeRequests) throw overloaded(`${running} requests are being vocoded`)
    running += 1
    response.once('close', () => {
      running -= 1
    })
    next()
  }
  const respond: RequestHandler = async (request, response) => {
    const started = performance.now()
    const kind = bodyKind(request)
    const raw = acceptsRaw(request)
    const { format, axes, ...options } = parseOrRefuse(querySchema, request.query)
    checkPasses(options.melProjections, context)
    const bytes = request.body as Buffer | undefined
    if (!Buffer.isBuffer(bytes) || bytes.length === 0) {
      throw new Problem('invalid_message', 'body: got none, expected audio or mel frames', { field: 'body' })
    }
    const mel = await analysis.run({
      kind,
      bytes,
      mostSeconds: limits.vocodeSeconds,
      ...(axes === undefined ? {} : { axes }),
    })
    const { sampleRate, hopLength } = context.backend.model.mel
    const samples = mel.frames * hopLength
    const dataBytes = samples * (format === 's16le' ? 2 : 4)
    const header = raw ? new Uint8Array(0) : headerOf(sampleRate, format, dataBytes)
    response.set({
      'Content-Type': raw ? `audio/pcm;rate=${sampleRate};channels=1;encoding=${format}` : 'audio/wav',
      'Content-Length': `${header.length + dataBytes}`,
      'X-Glowcast-Frames': `${mel.frames}`,
      'X-Glowcast-Sample-Rate': `${sampleRate}`,
    })
    await writeAll(response, header, synthesize(context.backend, mel, options), format)
    log.info({ frames: mel.frames, samples, ms: Math.round(performance.now() - started) }, 'vocoded')
  }
  return [enter, express.raw({ type: () => true, limit: limits.bodyBytes }), respond]
}

function bodyKind(request: Request): 'audio' | 'mel' {
  const { type } = mediaType(request.headers['content-type'])
  if (type === 'application/octet-stream') return 'mel'
  if (type.startsWith('audio/') || type === 'application/ogg') return 'audio'
  throw new Problem(
    'unsupported_media_type',
    `Content-Type: got "${type}", expected audio/wav or another audio type, or application/octet-stream`,
    { field: 'Content-Type' },
  )
}

/** Whether bare samples are asked for rather than a WAV file. */
function acceptsRaw(request: Request): boolean {
  const best = request.accepts(['audio/wav', 'audio/x-wav', 'audio/pcm', 'application/octet-stream'])
  if (best !== false) return !best.includes('wav')
  throw new Problem(
    'invalid_argument',
    `Accept: got "${request.headers.accept}", expected audio/wav or audio/pcm`,
    { field: 'Accept' },
  )
}

function checkPasses(passes: number | undefined, { backend }: SessionContext): void {
  const most = backend.latency.length - 1
  if (passes === undefined || passes <= most) return
  throw new Problem('invalid_argument', `melProjections: got ${passes}, expected at most ${most}`, {
    field: 'melProjections',
  })
}

function headerOf(sampleRate: number, format: PcmFormat, dataBytes: number): Uint8Array {
  const [bitDepth, encoding] = format === 's16le' ? ([16, 'pcm'] as const) : ([32, 'float'] as const)
  return wavHeader({ sampleRate, channels: 1, bitDepth, encoding }, dataBytes)
}

/** Writes no faster than the client reads; a client that has gone ends the synthesis. */
async function writeAll(
  response: Response,
  header: Uint8Array,
  audio: AsyncGenerator<Float32Array>,
  format: PcmFormat,
): Promise<void> {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  response.write(header)
  for await (const samples of audio) {
    if (response.destroyed) return
    const bytes = format === 's16le' ? samplesToS16(samples) : floatsToBytes(samples)
    if (response.write(bytes)) continue
    await once(response, 'drain', { signal: gone.signal }).catch(() => undefined)
  }
  response.end()
}
