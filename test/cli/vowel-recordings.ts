import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeWav } from '../../src/audio/wav.js'
import { packageFolder } from '../../src/cli/files.js'
import { RandomStream } from '../../src/flow/random.js'
import { sungVowel } from '../audio/voice-signals.js'
import { noise } from '../density/signals.js'

export const vowelRate = 22_050

/** Runs the built command. Warnings are what it says on the standard error but for progress. */
export function glowcast(...arguments_: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const cli = join(packageFolder(), 'dist', 'src', 'cli.js')
  return new Promise((resolve) => {
    execFile(process.execPath, [cli, ...arguments_, '--threads', '1'], (error, stdout, stderr) => {
      // On a slow machine there are lines of progress too.
      const warnings = stderr.replaceAll(/^(calibrate|score) {2}.*\n/gm, '')
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr: warnings })
    })
  })
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
