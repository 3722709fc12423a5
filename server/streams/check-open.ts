import type { ClientMessage, ServerMessage } from '../../src/protocol/messages.js'
import { livePasses } from '../../src/synthesis/live/latency.js'
import { fieldError } from '../operations/api-error.js'
import { checkPasses } from '../synthesis/asked-passes.js'
import type { SynthesisBackend } from '../synthesis/backend.js'
import { conventionMismatch } from '../websocket/client-messages.js'
import type { StreamSettings } from './output.js'

/**
 * What an `open` asks for, and the answer to it without the credit.
 *
 * @throws ApiError unknown_model, mel_mismatch, invalid_argument
 */
export function checkOpen(
  message: ClientMessage & { type: 'open' },
  { model, latency }: Pick<SynthesisBackend, 'model' | 'latency'>,
): { settings: StreamSettings; opened: Omit<ServerMessage & { type: 'opened' }, 'credit'> } {
  if (message.model !== undefined && message.model !== model.name) {
    throw fieldError('unknown_model', 'model', `"${message.model}"`, `"${model.name}"`)
  }
  const mismatch = conventionMismatch(message.mel, model.mel)
  if (mismatch !== undefined) {
    const { field, got, wanted } = mismatch
    throw fieldError('mel_mismatch', field, got, `${wanted}, as the model was trained`)
  }
  const most = latency.length - 1
  checkPasses(message, most)
  const passes = message.melProjections ?? livePasses(most, message.quality)
  const { stream, format = 's16le', seed, temperature, pitchSemitones, melScaleCheck, credit } = message
  return {
    settings: {
      id: stream,
      format,
      credit: credit ?? Number.POSITIVE_INFINITY,
      melScaleCheck: melScaleCheck ?? 'on',
      options: {
        melProjections: passes,
        ...(seed === undefined ? {} : { seed }),
        ...(temperature === undefined ? {} : { temperature }),
        ...(pitchSemitones === undefined ? {} : { pitchSemitones }),
      },
    },
    opened: {
      type: 'opened',
      stream,
      model: model.name,
      format,
      sampleRate: model.mel.sampleRate,
      hopLength: model.mel.hopLength,
      latencyFrames: latency[passes]!.latencyFrames,
    },
  }
}
