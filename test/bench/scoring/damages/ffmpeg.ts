import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeWav, encodeWav } from '../../../../src/audio/wav/wav.js'

export function hasFfmpeg(): boolean {
  return spawnSync('ffmpeg', ['-version']).status === 0
}

/**
 * A mono waveform through ffmpeg: written as 16-bit WAV, encoded to a file of that extension, decoded to the same
 * rate.
 */
export function throughFfmpeg(
  waveform: Float32Array,
  sampleRate: number,
  extension: string,
  encoderArguments: readonly string[],
): Float32Array {
  const folder = mkdtempSync(join(tmpdir(), 'glowcast-ffmpeg-'))
  try {
    const input = join(folder, 'in.wav')
    const middle = join(folder, `middle.${extension}`)
    const output = join(folder, 'out.wav')
    writeFileSync(input, encodeWav({ sampleRate, channels: [waveform] }, { format: 'int16' }))
    const quiet = ['-v', 'error', '-y', '-threads', '1']
    execFileSync('ffmpeg', [...quiet, '-i', input, ...encoderArguments, middle])
    execFileSync('ffmpeg', [...quiet, '-i', middle, '-ar', `${sampleRate}`, '-ac', '1', output])
    return decodeWav(readFileSync(output)).channels[0]!
  } finally {
    rmSync(folder, { recursive: true })
  }
}
