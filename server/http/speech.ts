import type { RequestHandler } from 'express'
import type { Frames } from '../../src/audio/buffers/frames.js'
import { engineFailed, GlowcastError } from '../../src/errors.js'
import { ApiError, fieldError } from '../operations/api-error.js'
import { encoded, speechFormats } from '../speech/encoders.js'
import { eventsOf } from '../speech/events.js'
import { readSpeechRequest } from '../speech/request.js'
import type { Speech } from '../speech/speech.js'
import type { SessionContext } from '../streams/context.js'
import { checkRefinement } from '../synthesis/refinement.js'
import { synthesize } from '../synthesis/synthesize.js'
import { bodyRoute } from './body-route.js'
import type { RequestPermits } from './request-permits.js'
import { writeAnswer } from './write-answer.js'

/**
 * `POST /v1/audio/speech`: a text in, its speech out from the first words on.
 *
 * @param available absent where there is no acoustic model
 */
export function speechHandler(
  context: SessionContext,
  permits: RequestPermits,
  available: Speech | undefined,
): RequestHandler {
  const { backend, limits, metrics, log } = context
  const { sampleRate } = backend.model.mel
  return bodyRoute(permits, context, async ({ request, response, permit }) => {
    const started = performance.now()
    const speech = requireSpeech(available)
    const asked = await readSpeechRequest(request, permit, limits)
    const { text, characters, speaking, synthesis, isEvents } = asked
    checkRefinement(synthesis, backend.latency)
    permit.starts()
    const mel = speech.speak(text, speaking, permit.signal)
    try {
      // What the model refuses is refused before the answer begins.
      const first = await firstOf(mel)
      const { contentType, encoder } = speechFormats[asked.format]
      const encoding = await encoder(sampleRate)
      const said = new Counted(first, mel)
      const { sharpen } = speech.model
      const options = { ...(sharpen === undefined ? {} : { sharpen }), ...synthesis }
      const audio = synthesize(backend, said, options, permit.signal)
      response.set({
        'Content-Type': isEvents ? 'text/event-stream; charset=utf-8' : contentType,
        'Cache-Control': 'no-store',
      })
      const bytes = encoded(audio, encoding, () => metrics.firstSpoken(performance.now() - started))
      const usage = () => ({ characters, frames: said.frames })
      await writeAnswer(response, permit, limits, isEvents ? eventsOf(bytes, usage) : bytes)
      metrics.spoke(characters)
      const ms = Math.round(performance.now() - started)
      log.info({ characters, frames: said.frames, ms }, 'spoken')
    } finally {
      await mel.return(undefined)
    }
  })
}

/** @throws ApiError speech_unavailable */
function requireSpeech(speech: Speech | undefined): Speech {
  if (speech !== undefined) return speech
  throw new ApiError(
    'speech_unavailable',
    'this server has no acoustic model: start it with --acoustic-model PLACE, a folder that "glowcast unpack-acoustic-model" wrote, or the address of a service that gives mels',
  )
}

/** @throws GlowcastError ENGINE_FAILED; INVALID_ARGUMENT, as ApiError with the name of the request's field */
async function firstOf(mel: AsyncGenerator<Frames>): Promise<Frames> {
  try {
    const { value, done } = await mel.next()
    if (done !== true) return value
  } catch (error) {
    if (!(error instanceof GlowcastError) || error.field !== 'text') throw error
    throw fieldError('invalid_argument', 'input', error.got, error.expected)
  }
  throw engineFailed('acoustic model', 'no mel frames', 'at least one')
}

/** Frames that are counted as they are taken. */
class Counted implements AsyncIterable<Frames> {
  frames = 0

  constructor(
    private readonly first: Frames,
    private readonly rest: AsyncIterator<Frames>,
  ) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<Frames> {
    yield this.counted(this.first)
    for (let next = await this.rest.next(); next.done !== true; next = await this.rest.next()) {
      yield this.counted(next.value)
    }
  }

  private counted(part: Frames): Frames {
    this.frames += part.frames
    return part
  }
}
