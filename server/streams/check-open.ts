import { conversionOf } from '../../src/audio/mel/conventions/conversion.js'
import type { MelDescription } from '../../src/audio/mel/conventions/description.js'
import { readMelConvention } from '../../src/audio/mel/conventions/read.js'
import { synthesisFieldsOf } from '../../src/protocol/client-messages.js'
import type { ClientMessage, ServerMessage } from '../../src/protocol/messages.js'
import { livePasses } from '../../src/synthesis/live/latency.js'
import { combsByDefault } from '../../src/synthesis/options.js'
import { fieldError } from '../operations/api-error.js'
import type { SynthesisBackend } from '../synthesis/backend.js'
import { checkRefinement, latencyOf, maxPasses } from '../synthesis/refinement.js'
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
  checkRefinement(message, latency)
  const passes = message.melProjections ?? livePasses(maxPasses(latency), message.quality)
  const {
    pitchSemitones = 0,
    comb = combsByDefault(pitchSemitones, latency.combsByDefault, latency.combed !== undefined),
  } = message
  const { stream, format = 's16le', melScaleCheck, credit } = message
  // Passes are said by their number alone from here on.
  const { quality: _, ...given } = synthesisFieldsOf(message)
  const convention = conventionOf(message.melConvention)
  return {
    settings: {
      id: stream,
      format,
      credit: credit ?? Number.POSITIVE_INFINITY,
      melScaleCheck: melScaleCheck ?? 'on',
      ...(convention === undefined ? {} : { convention }),
      options: { ...given, melProjections: passes, comb },
    },
    opened: {
      type: 'opened',
      stream,
      model: model.name,
      format,
      sampleRate: model.mel.sampleRate,
      hopLength: model.mel.hopLength,
      latencyFrames: latencyOf(latency, { passes, comb }).latencyFrames,
    },
  }
}

/**
 * Frames of a stream are counted, acknowledged and sized as the model's; and a map between filter banks takes too long to make
 * in the thread that all connections share.
 */
function conventionOf(text: string | undefined): MelDescription | undefined {
  if (text === undefined) return undefined
  const mel = readMelConvention(text)
  if (conversionOf(mel).kind === 'exact') return mel
  throw fieldError(
    'invalid_argument',
    'melConvention',
    'a mel of other bands or frames',
    "another scale of the model's own mel: POST /v1/vocode converts others",
  )
}
