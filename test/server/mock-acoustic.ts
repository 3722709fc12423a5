import { readMelConvention } from '../../src/audio/mel/conventions/read.js'
import { invalidArgument } from '../../src/errors.js'
import type { AcousticModel, SpeakOptions, SpokenPart } from '../../src/speech/acoustic-model.js'

export const framesOfWord = 10

/** Says ten frames a word, as soon as `mayGoOn` of that word resolves. */
export class MockAcoustic implements AcousticModel {
  readonly description = 'mock speech'
  readonly voices = ['anna', 'bert']
  readonly mel = readMelConvention('nvidia-22k')
  readonly speeds = [0.5, 2] as const
  readonly sharpen = 0.2
  /** Utterances under way. */
  open = 0
  isDisposed = false
  lastSignal: AbortSignal | undefined

  constructor(
    private readonly mayGoOn: (word: string) => Promise<void> = async () => undefined,
    private readonly partOf: (word: string) => SpokenPart = silentPart,
  ) {}

  async *speak(
    text: string,
    { voice = 'anna', speed = 1, signal }: SpeakOptions = {},
  ): AsyncGenerator<SpokenPart> {
    if (!this.voices.includes(voice)) throw invalidArgument('voice', `"${voice}"`, 'anna or bert')
    if (!(speed >= 0.5 && speed <= 2)) throw invalidArgument('speed', `${speed}`, 'a number from 0.5 to 2')
    const words = text.match(/[a-z]+/gi) ?? []
    if (words.length === 0) throw invalidArgument('text', 'nothing that can be said', 'words')
    this.lastSignal = signal
    this.open += 1
    try {
      for (const word of words) {
        await this.mayGoOn(word)
        yield this.partOf(word)
      }
    } finally {
      this.open -= 1
    }
  }

  async dispose(): Promise<void> {
    this.isDisposed = true
  }
}

export function silentPart(text: string): SpokenPart {
  const data = new Float32Array(framesOfWord * 80).fill(-8)
  return { text, mel: { data, frames: framesOfWord, channels: 80 } }
}
