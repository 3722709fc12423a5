import { gunzipSync } from 'node:zlib'
import type { InferenceSession } from 'onnxruntime-node'
import { target } from '../../audio/mel/conventions/conversion.js'
import { loadOnnxRuntime, type OnnxRuntime } from '../../engine/runtime/onnx-runtime.js'
import { engineFailed, invalidArgument, thrownError } from '../../errors.js'
import { quoteName } from '../../short-json.js'
import type { AcousticModel, SpeakOptions, SpokenPart } from '../acoustic-model.js'
import { partsWithin, sentencesOf, withEarlyStart } from '../sentences.js'
import { type HibariFile, readHibariFile, wheelVersion } from './files.js'
import { type HibariSpectrum, melOfSpectrum } from './mel-spectrum.js'
import { Lexicon, type LexiconWords } from './pronunciation/lexicon.js'
import { TextNormalizer, type WrittenForms } from './pronunciation/normalize.js'
import { Pronouncer } from './pronunciation/pronouncer.js'
import { Tagger, type TaggerModel } from './pronunciation/tagger.js'
import { type LetterTable, letterIds, phonemesOfPath } from './pronunciation/unknown-words.js'

/** The voice that the wheel carries. */
const voices = ['heart'] as const
const speeds = [0.5, 2] as const
/** Longer sentences are cut, so that neither memory nor the wait for the first sound grow with them. */
const maxPhonemes = 400
const maxCharacters = 1000
/** About ten words: the first sound waits for the network to be through with them. */
const startPhonemes = 60

/** With a word that no lexicon has. */
const warmingText = 'The glowcastle is warm now.'

export interface HibariOptions {
  /** Of ONNX Runtime. Default: 1. */
  readonly threads?: number
}

interface HibariParts {
  readonly runtime: OnnxRuntime
  readonly acoustic: InferenceSession
  readonly letters: InferenceSession
  readonly forms: WrittenForms
  readonly pronouncer: Pronouncer
  /** Number of each phoneme. */
  readonly phonemes: Readonly<Record<string, number>>
}

/** hibari-tts: English text to mels of `nvidia-22k`, by its ONNX models and lexicons. */
export class HibariModel implements AcousticModel {
  readonly description = `hibari-tts ${wheelVersion}`
  readonly voices = voices
  readonly mel = target
  readonly speeds = speeds
  /** Measured by judges of naturalness: docs/lab/voice.md. */
  readonly sharpen = 0.3

  private constructor(private readonly parts: HibariParts) {}

  /**
   * @param folder that `glowcast unpack-acoustic-model` wrote
   * @throws GlowcastError IO, INVALID_MODEL, ENGINE_UNAVAILABLE
   */
  static async open(folder: string, { threads = 1 }: HibariOptions = {}): Promise<HibariModel> {
    const bytes = (name: HibariFile) => readHibariFile(folder, name)
    const json = async <T>(name: HibariFile) => {
      const content = await bytes(name)
      return JSON.parse(new TextDecoder().decode(name.endsWith('.gz') ? gunzipSync(content) : content)) as T
    }
    const letterTable = await json<LetterTable>('oov.json')
    const forms = await json<WrittenForms>('normalize.json')
    const phonemes = await json<Record<string, number>>('vocab.json')
    const tagger = new Tagger(await json<TaggerModel>('tagger.json.gz'))
    const lexicon = new Lexicon(
      await json<LexiconWords>('lexicon_us_gold.json.gz'),
      await json<LexiconWords>('lexicon_us_silver.json.gz'),
    )
    const runtime = await loadOnnxRuntime()
    const session = async (name: HibariFile) =>
      runtime.InferenceSession.create(await bytes(name), {
        executionProviders: ['cpu'],
        intraOpNumThreads: threads,
        logSeverityLevel: 3,
      })
    const letters = await session('oov.onnx')
    const acoustic = await session('hibari.onnx')
    const unknownWord = async (word: string) => {
      const ids = letterIds(word, letterTable)
      if (ids.length === 0) return ''
      const chars = new runtime.Tensor('int64', BigInt64Array.from(ids, BigInt), [1, ids.length])
      const path = (await letters.run({ chars }))['ids']!.data as BigInt64Array
      return phonemesOfPath(Array.from(path, Number), letterTable)
    }
    const pronouncer = new Pronouncer(new TextNormalizer(forms), tagger, lexicon, unknownWord)
    const model = new HibariModel({ runtime, acoustic, letters, forms, pronouncer, phonemes })
    // The first run of a network, and of the code around it, takes several times as long as the others.
    for await (const _ of model.speak(warmingText));
    return model
  }

  async *speak(
    text: string,
    { voice = voices[0], speed = 1, signal }: SpeakOptions = {},
  ): AsyncGenerator<SpokenPart> {
    if (!(voices as readonly string[]).includes(voice)) {
      throw invalidArgument('voice', quoteName(voice), voices.join(' or '))
    }
    const [slowest, fastest] = speeds
    if (!(speed >= slowest && speed <= fastest)) {
      throw invalidArgument('speed', `${speed}`, `a number from ${slowest} to ${fastest}`)
    }
    let isSilent = true
    for (const sentence of sentencesOf(text, new Set(Object.keys(this.parts.forms.titles)))) {
      for (const piece of partsWithin(sentence, maxCharacters)) {
        const phonemes = await this.parts.pronouncer.phonemesOf(piece)
        const stretches = isSilent ? withEarlyStart(phonemes, startPhonemes) : [phonemes]
        let isGoingOn = false
        for (const part of stretches.flatMap((stretch) => partsWithin(stretch, maxPhonemes))) {
          isSilent = false
          signal?.throwIfAborted()
          for (const block of melOfSpectrum(await this.spectrumOf(part, speed))) {
            yield isGoingOn ? block : { text: piece, ...block }
            isGoingOn = true
          }
        }
      }
    }
    if (isSilent) throw invalidArgument('text', 'nothing that can be said', 'English words')
  }

  /** Phonemes of a text, sentence by sentence: what `speak` says. */
  async phonemesOf(text: string): Promise<string[]> {
    const sentences = sentencesOf(text, new Set(Object.keys(this.parts.forms.titles)))
    return Promise.all(sentences.map((sentence) => this.parts.pronouncer.phonemesOf(sentence)))
  }

  async dispose(): Promise<void> {
    await this.parts.acoustic.release()
    await this.parts.letters.release()
  }

  private async spectrumOf(phonemes: string, speed: number): Promise<HibariSpectrum> {
    const { runtime, acoustic } = this.parts
    const known = [...phonemes].flatMap((phoneme) => this.parts.phonemes[phoneme] ?? [])
    // A pause before and behind, as in its training.
    const ids = BigInt64Array.from([0, ...known, 0], BigInt)
    const outputs = await acoustic
      .run(
        {
          ids: new runtime.Tensor('int64', ids, [1, ids.length]),
          speed: new runtime.Tensor('float32', [speed], [1]),
        },
        ['lh', 'ln', 'lr', 'f0'],
      )
      .catch((thrown) => {
        throw engineFailed('acoustic model', thrownError(thrown).message.split('\n')[0]!, 'mel frames', {
          cause: thrown,
        })
      })
    const valuesOf = (name: string) => outputs[name]!.data as Float32Array
    return { harmonic: valuesOf('lh'), noise: valuesOf('ln'), free: valuesOf('lr'), f0Hz: valuesOf('f0') }
  }
}
