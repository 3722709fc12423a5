import { z } from 'zod'
import { melScaleChecks } from '../../src/audio/mel/scale-check.js'
import { type ClientMessage, type MelConvention, pcmFormats } from '../../src/protocol/messages.js'
import { blockSeconds, leastSeconds } from '../../src/scoring/recording/recording.js'
import { schemaError } from '../operations/schema-error.js'

/** Rates of recordings that are scored, Hz: of telephones to those of measuring microphones. */
export const leastScoreRate = 4000
export const mostScoreRate = 384_000

export const falseAlarmRate = z.number().min(1e-6).max(0.5)

/** Seconds. */
export const blockLength = z.number().min(leastSeconds).max(blockSeconds)

/** Messages have two levels, and the longest is an `open` of 2 KB. What is more is not worth parsing. */
const mostLevels = 16
const mostCharacters = 16_384

const stream = z.number().int().min(0).max(65_535)

const conventionSchema = z.strictObject({
  sampleRate: z.number(),
  fftSize: z.number(),
  winLength: z.number(),
  hopLength: z.number(),
  melBands: z.number(),
  fMin: z.number(),
  fMax: z.number(),
  melScale: z.enum(['slaney', 'htk']),
  melNorm: z.enum(['slaney', 'none']),
  logBase: z.enum(['e', '10']),
  logFloor: z.number(),
  power: z.union([z.literal(1), z.literal(2)]),
}) satisfies z.ZodType<MelConvention>

const messageSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('open'),
    stream,
    model: z.string().max(200).exactOptional(),
    mel: conventionSchema,
    format: z.enum(pcmFormats).exactOptional(),
    seed: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).exactOptional(),
    temperature: z.number().min(0).max(2).exactOptional(),
    pitchSemitones: z.number().min(-36).max(36).exactOptional(),
    melProjections: z.number().int().min(0).max(100).exactOptional(),
    melScaleCheck: z.enum(melScaleChecks).exactOptional(),
    credit: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER).exactOptional(),
  }),
  z.strictObject({
    type: z.literal('score'),
    stream,
    sampleRate: z.number().int().min(leastScoreRate).max(mostScoreRate),
    format: z.enum(pcmFormats).exactOptional(),
    group: z.string().max(200).exactOptional(),
    falseAlarmRate: falseAlarmRate.exactOptional(),
    blockSeconds: blockLength.exactOptional(),
    driftFalseAlarmRate: falseAlarmRate.exactOptional(),
  }),
  z.strictObject({
    type: z.literal('credit'),
    stream,
    samples: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER),
  }),
  z.strictObject({ type: z.literal('flush'), stream }),
  z.strictObject({ type: z.literal('end'), stream }),
  z.strictObject({ type: z.literal('cancel'), stream }),
])

/** A message that a client may send, or what is wrong with it. */
export function parseClientMessage(
  text: string,
): { message: ClientMessage } | { wrong: { field: string; message: string; stream?: number } } {
  if (text.length > mostCharacters) {
    const message = `message: got ${text.length} characters, expected at most ${mostCharacters}`
    return { wrong: { field: 'message', message } }
  }
  if (isDeeperThan(mostLevels, text)) {
    const message = `message: got JSON of more than ${mostLevels} levels, expected at most that many`
    return { wrong: { field: 'message', message } }
  }
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return {
      wrong: { field: 'message', message: 'message: got text that is not JSON, expected a JSON object' },
    }
  }
  const result = messageSchema.safeParse(json)
  if (result.success) return { message: result.data }
  const known = stream.safeParse((json as { stream?: unknown } | null)?.stream)
  return {
    wrong: {
      ...schemaError(result.error, json, 'message'),
      ...(known.success ? { stream: known.data } : {}),
    },
  }
}

/** Whether brackets within a text, strings left out, are nested deeper than so many levels. */
function isDeeperThan(levels: number, text: string): boolean {
  let depth = 0
  let isQuoted = false
  for (let i = 0; i < text.length; i++) {
    const character = text[i]
    if (isQuoted) {
      if (character === '\\') i += 1
      else if (character === '"') isQuoted = false
    } else if (character === '"') isQuoted = true
    else if (character === '{' || character === '[') {
      depth += 1
      if (depth > levels) return true
    } else if (character === '}' || character === ']') depth -= 1
  }
  return false
}

/** The first part of a convention that differs from the model's, or undefined when all agree. */
export function conventionMismatch(
  got: MelConvention,
  wanted: MelConvention,
): { field: string; got: string; wanted: string } | undefined {
  const names = Object.keys(wanted) as (keyof MelConvention)[]
  const field = names.find((name) => got[name] !== wanted[name])
  return field && { field: `mel.${field}`, got: `${got[field]}`, wanted: `${wanted[field]}` }
}
