import {
  type ClientMessage,
  mediaTypes,
  type ServerMessage,
  sampleBytes,
} from '../../../src/protocol/messages.js'
import type { Connection, Ready } from '../../connection/connection.js'
import { clientError } from '../../connection/errors.js'
import { Link } from '../link.js'
import type { CheckedScoringOptions } from './options.js'

export type Scoring = Extract<ServerMessage, { type: 'scoring' }>
type ScoreMessage = Extract<ClientMessage, { type: 'score' }>

/** One connection's part of a scoring stream. */
export class ScoringLink extends Link<Scoring> {
  /** What this connection brought. */
  private frames = 0
  private blocks = 0

  constructor(number: number, options: CheckedScoringOptions, connection: Connection, ready: Ready) {
    super(number, connection, ready, mediaTypes.recording, sampleBytes[options.format])
    const { sampleRate, format, group, falseAlarmRate, blockSeconds, driftFalseAlarmRate } = options
    // JSON leaves out what is undefined.
    const given = { group, falseAlarmRate, blockSeconds, driftFalseAlarmRate } as Partial<ScoreMessage>
    this.send({ ...given, type: 'score', stream: number, sampleRate, format })
  }

  override identity({ model, hash, calibration, frameSeconds, blockSeconds }: Scoring): string {
    return JSON.stringify([model, hash, calibration, frameSeconds, blockSeconds])
  }

  /** @throws GlowcastClientError protocol_violation unless the message follows the one before */
  count(message: Extract<ServerMessage, { type: 'scores' | 'block' }>): void {
    if (message.type === 'scores') {
      const { frame, surprise, bandSurprise = [], natsPerSample, levelDb } = message
      assertEqual('frame', frame, this.frames)
      assertEqual('natsPerSample.length', natsPerSample.length, surprise.length)
      assertEqual('levelDb.length', levelDb.length, surprise.length)
      if (bandSurprise.length % Math.max(1, surprise.length) !== 0) {
        const expected = `a multiple of ${surprise.length}`
        throw clientError(
          'protocol_violation',
          `bandSurprise.length: got ${bandSurprise.length}, expected ${expected}`,
        )
      }
      this.frames += surprise.length
    } else assertEqual('block', message.block, this.blocks++)
  }
}

function assertEqual(name: string, got: number, expected: number): void {
  if (got !== expected) throw clientError('protocol_violation', `${name}: got ${got}, expected ${expected}`)
}
