import type { Request, RequestHandler } from 'express'
import * as z from 'zod'
import { clientMessages } from '../../src/protocol/client-messages.js'
import { whole } from '../../src/protocol/fields.js'
import { pcmFormats } from '../../src/protocol/messages.js'
import { defaultFalseAlarmRate } from '../../src/scoring/statistics/conformal.js'
import type { ScoreAnswer } from '../../src/scoring/verdict/answer.js'
import { contentCodes } from '../../src/scoring/verdict/file-score.js'
import { ApiError, fieldError, protocolCodes, scoringFailed } from '../operations/api-error.js'
import { optionalTexts, textSchema } from '../operations/field-schema.js'
import type { RawAudio } from '../scoring/messages.js'
import { availableScoring, blockScoringGroups, chosenScoringGroup } from '../streams/check-score.js'
import type { SessionContext } from '../streams/context.js'
import { readBody } from '../uploads/read-body.js'
import { bodyRoute } from './body-route.js'
import { mediaType } from './media-type.js'
import { parseOrRefuse } from './query.js'
import type { RequestPermits } from './request-permits.js'
import { writeAnswer } from './write-answer.js'

const { group, blockSeconds, falseAlarmRate, sampleRate } = clientMessages.score

const querySchema = z.strictObject({
  ...optionalTexts({ group, blockSeconds }),
  falseAlarmRate: textSchema(falseAlarmRate.of).default(defaultFalseAlarmRate),
  seed: textSchema(clientMessages.open.seed.of).default(0),
})

const rawSchema = z.strictObject({
  rate: textSchema(sampleRate),
  channels: textSchema(whole(1, 16)).default(1),
  encoding: z.string().toLowerCase().pipe(z.enum(pcmFormats)).default('s16le'),
})

/** `POST /v1/score`: a recording in, the object of `glowcast score --json` out. */
export function scoreHandler(context: SessionContext, permits: RequestPermits): RequestHandler {
  const { limits, metrics, log } = context
  return bodyRoute(permits, context, async ({ request, response, permit }) => {
    const started = performance.now()
    const scoring = availableScoring(context.scoring)
    const raw = rawOf(request)
    const { group: name, ...query } = parseOrRefuse(querySchema, request.query)
    const { blockSeconds } = query
    const group =
      blockSeconds === undefined
        ? { group: chosenScoringGroup(scoring.groups, name).name }
        : blockScoringGroups(scoring.groups, name, blockSeconds)
    const bytes = await readBody(request, permit, limits)
    if (bytes.length === 0) {
      throw fieldError('invalid_message', 'body', 'none', 'a recording')
    }
    permit.starts()
    const body = {
      ...query,
      ...group,
      bytes,
      maxSeconds: limits.scoreSeconds,
      ...(raw === undefined ? {} : { raw }),
    }
    const answer = await scoring.scoreBody(body, permit.signal, permit.requester.name)
    refuseUnreadable(answer)
    metrics.scored(answer.input?.seconds ?? 0)
    metrics.decided(answer.decision)
    response.type('json')
    await writeAnswer(response, permit, limits, [Buffer.from(JSON.stringify(answer))])
    const ms = Math.round(performance.now() - started)
    log.info({ decision: answer.decision, seconds: answer.input?.seconds, ms }, 'scored')
  })
}

/** What the body is, when it is samples without a header. @throws ApiError */
function rawOf(request: Request): RawAudio | undefined {
  const { type: name, parameters } = mediaType(request.headers['content-type'])
  if (name === 'audio/pcm') {
    const { rate, channels, encoding } = parseOrRefuse(rawSchema, { ...parameters })
    return { sampleRate: rate, channels, format: encoding }
  }
  if (name.startsWith('audio/') || ['application/ogg', 'application/octet-stream'].includes(name))
    return undefined
  throw fieldError(
    'unsupported_media_type',
    'Content-Type',
    `"${name}"`,
    'audio/wav or another audio type, or audio/pcm;rate=16000',
  )
}

/** What a file itself is to blame for is an answer, as on the command line; one that cannot be read is an error here. */
function refuseUnreadable({ error }: ScoreAnswer): void {
  if (error === undefined || contentCodes.has(error.code)) return
  const code = protocolCodes[error.code]
  if (code === undefined || error.code === 'ENGINE_FAILED') throw scoringFailed(error.message)
  throw new ApiError(code, error.message, { field: 'body' })
}
