import type { MelDescription } from '../../src/audio/mel/conventions/description.js'
import { hasTimesOf } from '../../src/audio/mel/conventions/frame-times.js'
import { readMelConvention } from '../../src/audio/mel/conventions/read.js'
import { defaultMel, melPresets } from '../../src/audio/mel/mel.js'
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
 * @throws ApiError unknown_model, mel_mismatch, invalid_argument; GlowcastError INVALID_ARGUMENT
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
  const convention = conventionOf(message.melConvention)
  return {
    settings: {
      id: stream,
      format,
      credit: credit ?? Number.POSITIVE_INFINITY,
      melScaleCheck: melScaleCheck ?? 'on',
      ...(convention === undefined ? {} : { convention }),
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

/** Frames of a stream are counted, acknowledged and sized as the model's. */
function conventionOf(text: string | undefined): MelDescription | undefined {
  if (text === undefined) return undefined
  const mel = readMelConvention(text)
  const { sampleRate, hopLength, melBands } = melPresets[defaultMel]
  if (hasTimesOf(mel, melPresets[defaultMel]) && mel.melBands === melBands) return mel
  throw fieldError(
    'invalid_argument',
    'melConvention',
    `frames of ${mel.melBands} bands, every ${mel.hopLength} samples of ${mel.sampleRate} Hz`,
    `${melBands} bands, every ${hopLength} of ${sampleRate} Hz: POST /v1/vocode converts others`,
  )
}
