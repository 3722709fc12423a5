import { areFinite } from '../../src/audio/buffers/finite.js'
import type { Frames } from '../../src/audio/buffers/frames.js'
import { isTarget, target } from '../../src/audio/mel/conventions/conversion.js'
import { MelConverter } from '../../src/audio/mel/conventions/converter.js'
import { highestLogMel, MelScaleChecker } from '../../src/audio/mel/scale-check.js'
import { engineFailed, GlowcastError, thrownError } from '../../src/errors.js'
import type { AcousticModel, SpeakOptions, SpokenPart } from '../../src/speech/acoustic-model.js'
import type { ServerLimits } from '../operations/limits.js'
import { AcousticThread } from './acoustic-thread.js'
import { within } from './within.js'

/** What the vocoder can be given of an acoustic model, whatever that gives. */
export class Speech {
  /** @throws GlowcastError INVALID_ARGUMENT for a model whose mels cannot be converted */
  constructor(
    readonly model: AcousticModel,
    private readonly limits: Pick<ServerLimits, 'speechSeconds' | 'speechStallMs'>,
  ) {
    new MelConverter(model.mel, 'acousticModel')
  }

  /** What is wrong with it now, for `/readyz`. */
  get trouble(): string | undefined {
    return this.model instanceof AcousticThread ? this.model.trouble : undefined
  }

  /**
   * Mel frames of `nvidia-22k`, each part in a buffer of its own.
   *
   * @throws GlowcastError INVALID_ARGUMENT for a text, voice or speed that the model refuses; ENGINE_FAILED for frames that
   *   are none or of another scale, for too many of them, where none come, and for any error of a model; the reason of the signal
   */
  async *speak(
    text: string,
    options: Omit<SpeakOptions, 'signal'>,
    signal: AbortSignal,
  ): AsyncGenerator<Frames> {
    const { speechStallMs, speechSeconds } = this.limits
    // Of its own convention the vocoder takes the values as they are, and these are checked.
    const converter = isTarget(this.model.mel) ? undefined : new MelConverter(this.model.mel, 'acousticModel')
    const parts = await ofModel(async () => this.model.speak(text, { ...options, signal }))
    const late = () => failed(`no mel frames for ${speechStallMs / 1000} s`, 'frames')
    // Those of the thread are known to be right.
    const scale = new MelScaleChecker(target.melBands, this.model instanceof AcousticThread ? 'off' : 'on')
    let seconds = 0
    try {
      for (;;) {
        const next = await within(
          ofModel(() => parts.next()),
          speechStallMs,
          late,
          signal,
        )
        if (next.done === true) break
        seconds += this.secondsOf(next.value)
        if (seconds > speechSeconds) {
          throw failed(`more than ${speechSeconds} s of speech of one text`, `at most ${speechSeconds} s`)
        }
        yield* checked(converter?.push(next.value.mel) ?? next.value.mel, scale)
      }
      if (converter !== undefined) yield* checked(converter.flush(), scale)
      assertScale(() => scale.end())
    } finally {
      // The work for a part that nobody waits for any more still takes the model up.
      await within(
        ofModel(() => parts.return(undefined)),
        speechStallMs,
        late,
      )
    }
  }

  /** @throws GlowcastError ENGINE_FAILED for a part that is none */
  private secondsOf(part: Partial<SpokenPart> | undefined): number {
    const { melBands, hopLength, sampleRate } = this.model.mel
    if (!(part?.mel?.data instanceof Float32Array)) {
      throw failed('a part without a mel in a Float32Array', `frames of ${melBands} bands`)
    }
    const { data, frames, channels } = part.mel
    if (
      channels !== melBands ||
      !Number.isInteger(frames) ||
      frames < 1 ||
      data.length !== frames * channels
    ) {
      throw failed(
        `${frames} frames of ${channels} bands in ${data.length} values`,
        `frames of ${melBands} bands`,
      )
    }
    return (frames * hopLength) / sampleRate
  }
}

/** What the model does; clients are not shown what it throws. @throws GlowcastError */
async function ofModel<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (thrown) {
    if (thrown instanceof GlowcastError) throw thrown
    throw engineFailed('acoustic model', 'an error of its own', 'mel frames', { cause: thrownError(thrown) })
  }
}

/** Nothing of no frames. @throws GlowcastError ENGINE_FAILED */
function* checked({ data, frames, channels }: Frames, scale: MelScaleChecker): Generator<Frames> {
  if (frames === 0) return
  if (!areFinite(data)) throw failed('frames that are not finite', 'finite mel frames')
  const loudest = data.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY)
  if (loudest > highestLogMel) throw failed(`a value of ${loudest}`, `at most ${highestLogMel}`)
  assertScale(() => scale.push(data))
  // A copy: it is handed over, and a part may lie in a buffer that the model goes on using.
  yield { data: data.slice(), frames, channels }
}

/** Mels of another convention than the model says would be heard as noise. @throws GlowcastError ENGINE_FAILED */
function assertScale(check: () => void): void {
  try {
    check()
  } catch (thrown) {
    if (!(thrown instanceof GlowcastError)) throw thrown
    throw failed(thrown.got, 'mels of the convention that the model names')
  }
}

function failed(got: string, expected: string) {
  return engineFailed('acoustic model', got, expected)
}
