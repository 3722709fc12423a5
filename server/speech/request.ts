import type { Request } from 'express'
import * as z from 'zod'
import { synthesisFields } from '../../src/protocol/client-messages.js'
import type { SpeakOptions } from '../../src/speech/acoustic-model.js'
import type { SynthesisOptions } from '../../src/synthesis/options.js'
import { mediaType } from '../http/media-type.js'
import { parseOrRefuse } from '../http/query.js'
import type { Permit } from '../http/request-permits.js'
import { fieldError } from '../operations/api-error.js'
import { optionalValues } from '../operations/field-schema.js'
import type { ServerLimits } from '../operations/limits.js'
import { readBody } from '../uploads/read-body.js'
import { type SpeechFormatName, speechFormats } from './encoders.js'

/** Of a text and instructions that are as long as they may be, every character escaped. */
const maxBodyBytes = 128 * 1024

const voiceSchema = z.union(
  [z.string(), z.strictObject({ id: z.string() }).transform(({ id }) => id)],
  'expected the name of a voice',
)

/** As OpenAI's clients send it, and the options of our own synthesis. */
const bodySchema = z.strictObject({
  // There is one: clients that name another are served all the same.
  model: z.string().max(200).exactOptional(),
  input: z.string(),
  voice: voiceSchema.exactOptional(),
  // OpenAI's default.
  response_format: z.enum(Object.keys(speechFormats) as [SpeechFormatName]).default('mp3'),
  stream_format: z.enum(['audio', 'sse']).default('audio'),
  speed: z.number().exactOptional(),
  // No model that is served can follow them.
  instructions: z.string().max(4096).exactOptional(),
  ...optionalValues(synthesisFields),
})

export interface SpeechRequest {
  readonly text: string
  readonly characters: number
  readonly speaking: SpeakOptions
  readonly synthesis: SynthesisOptions
  readonly format: SpeechFormatName
  readonly isEvents: boolean
}

/** @throws ApiError unsupported_media_type, invalid_message, invalid_argument; what `readBody` throws */
export async function readSpeechRequest(
  request: Request,
  permit: Permit,
  limits: ServerLimits,
): Promise<SpeechRequest> {
  const { type } = mediaType(request.headers['content-type'])
  if (type !== 'application/json') {
    throw fieldError('unsupported_media_type', 'Content-Type', `"${type}"`, 'application/json')
  }
  const bodyBytes = Math.min(maxBodyBytes, limits.bodyBytes)
  const body = jsonOf(await readBody(request, permit, { ...limits, bodyBytes }))
  const { input, response_format, stream_format, voice, speed, ...rest } = parseOrRefuse(
    bodySchema,
    body,
    'body',
  )
  const { model: _, instructions: __, ...synthesis } = rest
  const characters = [...input].length
  const most = limits.speechCharacters
  if (characters > most) {
    throw fieldError('invalid_argument', 'input', `${characters} characters`, `at most ${most}`)
  }
  return {
    text: input,
    characters,
    speaking: { ...(voice === undefined ? {} : { voice }), ...(speed === undefined ? {} : { speed }) },
    synthesis,
    format: response_format,
    isEvents: stream_format === 'sse',
  }
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw fieldError('invalid_message', 'body', `${bytes.length} bytes that are no JSON`, 'JSON')
  }
}
