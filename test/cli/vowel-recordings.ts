import { writeFile } from 'node:fs/promises'
import { encodeWav } from '../../src/audio/wav/wav.js'
import { saveModelFolder } from '../../src/models/files/model-folder.js'
import { RandomStream } from '../../src/numeric/random.js'
import { sungVowel } from '../audio/voice-signals.js'
import { built } from '../built.js'
import { noise } from '../scoring/signals.js'
import { tinyConfigWithoutPitch, tinyWeights } from '../tiny-model.js'
import { runCli } from './memory-io.js'

export const vowelRate = 22_050

interface Answer {
  readonly code: number
  readonly stdout: string
  /** What it says on the standard error but for progress, which a slow machine brings. */
  readonly stderr: string
}

/** Runs a command in this process, with one engine of one thread unless it is told of `--jobs`. */
export async function glowcast(...args: string[]): Promise<Answer> {
  // Its threads are modules of the build.
  if (args.includes('--jobs')) await built('server', 'wasm')
  return withoutProgress(await runCli([...args, '--threads', '1', ...oneJob(args)]))
}

/** A model to judge recordings by. What its pitch would add to them is told in test/scoring and test/likelihood. */
export function saveTinyModel(folder: string, seed = 1): Promise<string> {
  const weights = tinyWeights(seed, tinyConfigWithoutPitch)
  return saveModelFolder(folder, { config: tinyConfigWithoutPitch, weights, card: '# tiny\n' })
}

function oneJob(args: readonly string[]): string[] {
  const isOfTexture = args[0] === 'calibrate' && !args.includes('--content')
  return !args.includes('--jobs') && (args[0] === 'score' || isOfTexture) ? ['--jobs', '1'] : []
}

function withoutProgress({ code, stdout, stderr }: Answer): Answer {
  return { code, stdout, stderr: stderr.replaceAll(/^(calibrate|score|read|train) {2}.*\n/gm, '') }
}

/** A sung vowel in a little noise; each seed gives another pitch, level and noise. */
export function vowel(seed: number, seconds = 0.8): Float32Array {
  const random = new RandomStream(seed, 12)
  const hz = 150 + 80 * random.uniform()
  const level = 0.1 + 0.2 * random.uniform()
  const breath = noise(Math.round(seconds * vowelRate), 0.002, seed)
  const { waveform } = sungVowel(breath.length, vowelRate, (time) => hz * (1 + 0.1 * Math.sin(4 * time)))
  return breath.map((sample, i) => sample + level * waveform[i]!)
}

/** As 16-bit WAV. */
export async function writeRecording(
  path: string,
  waveform: Float32Array,
  sampleRate = vowelRate,
): Promise<string> {
  await writeFile(path, encodeWav({ sampleRate, channels: [waveform] }, { format: 'int16' }))
  return path
}
