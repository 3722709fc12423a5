import type { Frames } from '../../src/audio/buffers/frames.js'
import { readMono } from '../../src/audio/files/audio-file.js'
import { openAudioSource } from '../../src/audio/files/audio-source.js'
import { withFileWarnings } from '../../src/audio/files/file-warnings.js'
import { convertMel } from '../../src/audio/mel/conventions/converter.js'
import { melFromNpy } from '../../src/audio/mel/load-mel.js'
import { defaultMel, logMel, melPresets } from '../../src/audio/mel/mel.js'
import { assertNaturalLog } from '../../src/audio/mel/scale-check.js'
import { GlowcastError, invalidAudio, invalidMel } from '../../src/errors.js'
import { memoryInput } from '../../src/io/byte-file.js'
import { bytesToFloats } from '../../src/protocol/messages.js'
import { ownControl } from '../../src/threads/thread-control.js'
import { brokenBody, tooLong } from '../workers/errors.js'
import { serveJobs } from '../workers/serve.js'
import type { Analysed, AnalysisJob, BodyWarning } from './analysis-messages.js'
import { bodyLimit, cancellable } from './body-limit.js'

/** The thread that decodes bodies and analyses recordings: seconds of work that no socket shall wait for. */
const preset = melPresets[defaultMel]

const control = ownControl()

await serveJobs<AnalysisJob, Analysed>({
  start: async () => analysed,
  transferOf: ({ mel }) => [mel.data.buffer as ArrayBuffer],
  unknownFailure: brokenBody,
})

async function analysed(job: AnalysisJob): Promise<Analysed> {
  const warnings: BodyWarning[] = []
  const mel = await (job.kind === 'audio' ? melOfAudio(job, warnings) : givenMel(job))
  checkLength(mel, job.maxSeconds)
  if (job.kind === 'mel' && job.melScaleCheck === 'off') warnings.push(...scaleWarning(mel))
  return { mel, warnings }
}

async function melOfAudio(
  { bytes, maxSeconds, cancel }: AnalysisJob,
  warnings: BodyWarning[],
): Promise<Frames> {
  const limit = bodyLimit(maxSeconds, bytes.length, cancel)
  const input = memoryInput(bytes, 'body')
  const source = cancellable(await openAudioSource(input, { limit, onRead: () => control.beat() }), cancel)
  const heard = withFileWarnings(source, (warning) => warnings.push(warning))
  const mel = logMel(await readMono(heard, preset.sampleRate, 'body'), preset)
  if (mel.frames === 0) throw invalidAudio('body', 'less than a frame', 'more audio')
  return mel
}

async function givenMel({ bytes, axes, melScaleCheck, convention }: AnalysisJob): Promise<Frames> {
  if (bytes[0] === 0x93) return melFromNpy(bytes, preset, 'body', axes, melScaleCheck, convention)
  const { melBands } = convention ?? preset
  const frameBytes = 4 * melBands
  if (bytes.length === 0 || bytes.length % frameBytes !== 0) {
    throw invalidMel(
      'body',
      `${bytes.length} bytes`,
      `.npy, or float32 [frames, ${melBands}]: a multiple of ${frameBytes} bytes; audio comes with its type, such as audio/wav`,
    )
  }
  const given = { data: bytesToFloats(bytes), frames: bytes.length / frameBytes, channels: melBands }
  const mel = convention === undefined ? given : convertMel(given, convention)
  assertNaturalLog(mel, 'body', melScaleCheck)
  return mel
}

/** Of a mel that would have been refused, had the check not been turned off. */
function scaleWarning(mel: Frames): BodyWarning[] {
  try {
    assertNaturalLog(mel, 'body')
    return []
  } catch (error) {
    if (!(error instanceof GlowcastError)) throw error
    return [{ code: 'MEL_SCALE', message: `got ${error.got}, which no natural-log mel has` }]
  }
}

/** @throws GlowcastError INVALID_ARGUMENT */
function checkLength(mel: Frames, maxSeconds: number): void {
  const seconds = (mel.frames * preset.hopLength) / preset.sampleRate
  if (seconds > maxSeconds) throw tooLong(seconds, maxSeconds)
}
