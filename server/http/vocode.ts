import type { Request, RequestHandler } from 'express'
import * as z from 'zod'
import type { MelDescription } from '../../src/audio/mel/conventions/description.js'
import { readMelConvention } from '../../src/audio/mel/conventions/read.js'
import { headerFormat, wavHeader } from '../../src/audio/wav/encoding.js'
import { clientMessages, synthesisFields } from '../../src/protocol/client-messages.js'
import { type PcmFormat, sampleBytes, samplesToPcm } from '../../src/protocol/messages.js'
import { fieldError } from '../operations/api-error.js'
import { optionalTexts, textSchema } from '../operations/field-schema.js'
import type { SessionContext } from '../streams/context.js'
import { checkRefinement } from '../synthesis/refinement.js'
import { synthesize } from '../synthesis/synthesize.js'
import type { Analysis } from '../uploads/analysis.js'
import { readBody } from '../uploads/read-body.js'
import { bodyRoute } from './body-route.js'
import { mediaType } from './media-type.js'
import { parseOrRefuse } from './query.js'
import type { RequestPermits } from './request-permits.js'
import { writeAnswer } from './write-answer.js'

const { open } = clientMessages

const querySchema = z.strictObject({
  ...optionalTexts({
    ...synthesisFields,
    melScaleCheck: open.melScaleCheck,
    melConvention: open.melConvention,
  }),
  format: textSchema(open.format.of).default('s16le'),
  axes: z.enum(['frames-bands', 'bands-frames']).exactOptional(),
})

/** `POST /v1/vocode`: a recording or its mel in, audio out while it is made. */
export function vocodeHandler(
  context: SessionContext,
  permits: RequestPermits,
  analysis: Analysis,
): RequestHandler {
  const { limits, log } = context
  return bodyRoute(permits, context, async ({ request, response, permit }) => {
    const started = performance.now()
    const kind = bodyKind(request)
    const raw = acceptsRaw(request)
    const query = parseOrRefuse(querySchema, request.query)
    const { format, axes, melScaleCheck, melConvention, ...options } = query
    const convention = conventionOf(melConvention, kind)
    checkRefinement(options, context.backend.latency)
    const bytes = await readBody(request, permit, limits)
    if (bytes.length === 0) {
      throw fieldError('invalid_message', 'body', 'none', 'audio or mel frames')
    }
    permit.starts()
    const job = {
      kind,
      bytes,
      maxSeconds: limits.vocodeSeconds,
      ...(axes === undefined ? {} : { axes }),
      ...(melScaleCheck === undefined ? {} : { melScaleCheck }),
      ...(convention === undefined ? {} : { convention }),
    }
    const { mel, warnings } = await analysis.run(job, permit)
    permit.keeps(mel.data.byteLength)
    const { sampleRate, hopLength } = context.backend.model.mel
    const samples = mel.frames * hopLength
    const dataBytes = samples * sampleBytes[format]
    const header = raw ? new Uint8Array(0) : headerOf(sampleRate, format, dataBytes)
    response.set({
      'Content-Type': raw ? `audio/pcm;rate=${sampleRate};channels=1;encoding=${format}` : 'audio/wav',
      'Content-Length': `${header.length + dataBytes}`,
      'X-Glowcast-Frames': `${mel.frames}`,
      'X-Glowcast-Sample-Rate': `${sampleRate}`,
      ...(warnings.length === 0 ? {} : { 'X-Glowcast-Warnings': headerText(warnings) }),
    })
    const audio = synthesize(context.backend, [mel], options, permit.signal)
    await writeAnswer(response, permit, limits, encoded(header, audio, format))
    log.info({ frames: mel.frames, samples, ms: Math.round(performance.now() - started) }, 'vocoded')
  })
}

function bodyKind(request: Request): 'audio' | 'mel' {
  const { type } = mediaType(request.headers['content-type'])
  if (type === 'application/octet-stream') return 'mel'
  if (type.startsWith('audio/') || type === 'application/ogg') return 'audio'
  throw fieldError(
    'unsupported_media_type',
    'Content-Type',
    `"${type}"`,
    'audio/wav or another audio type, or application/octet-stream',
  )
}

/** @throws ApiError, GlowcastError INVALID_ARGUMENT */
function conventionOf(text: string | undefined, kind: 'audio' | 'mel'): MelDescription | undefined {
  if (text === undefined) return undefined
  if (kind === 'audio') {
    throw fieldError('invalid_argument', 'melConvention', `"${text.slice(0, 40)}"`, 'none beside a recording')
  }
  return readMelConvention(text)
}

/** Whether bare samples are asked for rather than a WAV file. */
function acceptsRaw(request: Request): boolean {
  const best = request.accepts(['audio/wav', 'audio/x-wav', 'audio/pcm', 'application/octet-stream'])
  if (best !== false) return !best.includes('wav')
  throw fieldError('invalid_argument', 'Accept', `"${request.headers.accept}"`, 'audio/wav or audio/pcm')
}

/** As JSON of the characters that a header may have. */
function headerText(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^ -~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function headerOf(sampleRate: number, format: PcmFormat, dataBytes: number): Uint8Array {
  return wavHeader(headerFormat(sampleRate, 1, format === 's16le' ? 'int16' : 'float32'), dataBytes)
}

async function* encoded(
  header: Uint8Array,
  audio: AsyncGenerator<Float32Array>,
  format: PcmFormat,
): AsyncGenerator<Uint8Array> {
  if (header.length > 0) yield header
  for await (const samples of audio) {
    yield samplesToPcm(samples, format)
  }
}
