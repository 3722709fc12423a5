import type { Frames } from '../../audio/buffers/frames.js'
import { isTarget } from '../../audio/mel/conventions/conversion.js'
import { invalidArgument } from '../../errors.js'
import { readWhole } from '../../io/input.js'
import { assertEnding } from '../../io/output.js'
import { assertOtherFile } from '../../io/same-file.js'
import { filesOfModel } from '../../models/files/model-folder.js'
import { loadModel } from '../../models/load-model.js'
import type { AcousticModel, SpeakOptions } from '../../speech/acoustic-model.js'
import { HibariModel } from '../../speech/hibari/hibari-model.js'
import { openAcousticModel } from '../../speech/open-acoustic-model.js'
import { Vocoder } from '../../synthesis/vocoder.js'
import { engineFrom, type SynthesisCliOptions, synthesisOptions } from '../options.js'
import { conflict, needs } from '../program/wrong-options.js'
import type { CliIo } from '../terminal/io.js'
import { writeWaveform } from './write-waveform.js'

export interface SpeakCliOptions extends SynthesisCliOptions {
  readonly acousticModel: string
  readonly out: string
  readonly textFile?: string
  readonly voice?: string
  readonly speed?: number
  readonly json?: boolean
}

/** `glowcast speak`: a text to a WAV file. */
export async function speak(
  words: readonly string[],
  options: SpeakCliOptions,
  io: CliIo = process,
): Promise<void> {
  const started = performance.now()
  const { out, textFile, voice, speed, threads } = options
  assertEnding(out, ['.wav', '.wave'], 'audio')
  const text = await textOf(words, textFile, io)
  await assertOtherFile(out, [...(textFile === undefined ? [] : [textFile]), ...filesOfModel(options.model)])
  const acoustic = await openAcousticModel(options.acousticModel, threads === undefined ? {} : { threads })
  try {
    const { config, weights } = await loadModel(options.model)
    const engine = await engineFrom(options)
    const vocoder = await Vocoder.create(engine, config, weights)
    try {
      const said = new Said(acoustic, text, {
        ...(voice === undefined ? {} : { voice }),
        ...(speed === undefined ? {} : { speed }),
      })
      const progress = {
        label: 'speak',
        total: text.length,
        unit: 'characters',
        doneAt: (samples: number) =>
          Math.min(text.length, said.charactersOf(samples / vocoder.mel.sampleRate)),
      }
      const synthesis = {
        // Of a waveglow model no mel is sharpened.
        ...(config.family === 'glowcast' && acoustic.sharpen !== undefined
          ? { sharpen: acoustic.sharpen }
          : {}),
        ...synthesisOptions(options),
        ...(isTarget(acoustic.mel) ? {} : { melConvention: acoustic.mel }),
        melScaleCheck: acoustic instanceof HibariModel ? 'off' : 'on',
      } as const
      const job = {
        vocoder,
        mel: said,
        synthesis,
        output: out,
        progress,
        started,
        engine: engine.description,
      }
      await writeWaveform(job, options, io)
    } finally {
      await vocoder.dispose()
    }
  } finally {
    await acoustic.dispose()
  }
}

/** @throws GlowcastError INVALID_ARGUMENT, IO */
async function textOf(words: readonly string[], file: string | undefined, io: CliIo): Promise<string> {
  if (file !== undefined && words.length > 0) throw conflict('--text-file', 'TEXT', 'one text is said')
  const isPiped = words.length === 1 && words[0] === '-'
  const path = isPiped ? '-' : file
  if (path === undefined) {
    if (words.length === 0) throw needs('speak', 'TEXT, --text-file or - for the standard input')
    return words.join(' ')
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readWhole(path, io.stdin))
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw invalidArgument(path, 'bytes that are no UTF-8', 'text')
  }
}

/** The mel of a text, and how much of the text it has come to. */
class Said implements AsyncIterable<Frames> {
  private characters = 0
  private frames = 0

  constructor(
    private readonly model: AcousticModel,
    private readonly text: string,
    private readonly options: SpeakOptions,
  ) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<Frames> {
    for await (const { text, mel } of this.model.speak(this.text, this.options)) {
      this.characters += text === undefined ? 0 : text.length + 1
      this.frames += mel.frames
      yield mel
    }
  }

  /** About so many characters are in the first seconds: the mel runs ahead of them. */
  charactersOf(seconds: number): number {
    const { hopLength, sampleRate } = this.model.mel
    return (this.characters * seconds * sampleRate) / (this.frames * hopLength)
  }
}
