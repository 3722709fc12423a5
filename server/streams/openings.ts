import type { ClientMessage, ServerMessage } from '../../src/protocol/messages.js'
import { checkOpen } from './check-open.js'
import { checkScore } from './check-score.js'
import type { SessionContext } from './context.js'
import type { OpenStream, StreamOutput } from './output.js'
import { ScoringSession } from './scoring-stream.js'
import { StreamSession } from './synthesis-stream.js'

/**
 * Permits of a scoring stream, by what it costs: a quarter of a core or more, of which a stream of speech takes 0.03. With
 * six, scores came 0.7 s late; see `npm run bench:server -- scoring`.
 */
export const scoringPermits = 10

/** A stream that is asked for, checked and not yet let in. */
export interface StreamOpening {
  readonly permits: number
  create(output: StreamOutput): OpenStream
  /** Absent where the stream itself answers, once it can begin. */
  readonly answer?: ServerMessage
}

export type OpeningMessage = ClientMessage & { type: 'open' | 'score' }

/** @throws ApiError */
export function openingOf(message: OpeningMessage, context: SessionContext): StreamOpening {
  const { backend, limits, scoring } = context
  if (message.type === 'open') {
    const { settings, opened } = checkOpen(message, backend)
    return {
      permits: 1,
      create: (output) => new StreamSession(settings, output, backend),
      answer: { ...opened, credit: limits.framesAhead },
    }
  }
  const { backend: scorer, begun, shortGroup } = checkScore(message, scoring)
  const { sampleRate, format = 's16le' } = message
  return {
    permits: scoringPermits,
    create: (output) => new ScoringSession(begun, { sampleRate, format, shortGroup }, output, scorer),
  }
}
