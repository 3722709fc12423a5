import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { trackPitchPhase } from '../../audio/excitation/phase.js'
import { loadMono, removeDc } from '../../audio/files/audio-file.js'
import { type FileWarning, warningLine } from '../../audio/files/file-warnings.js'
import { logMel, type MelConfig } from '../../audio/mel/mel.js'
import { trackPitch } from '../../audio/pitch/pitch.js'
import { bandwidthHz } from '../../audio/spectral/bandwidth.js'
import { invalidDataset } from '../../errors.js'
import { readError } from '../../io/system-error.js'
import { plural } from '../../plural.js'
import type { Recording } from './dataset.js'
import { readCached, writeCached } from './feature-cache.js'

/** What training reads of a recording; arrays are views of one cached file. */
export interface Features {
  readonly name: string
  readonly frames: number
  /** frames * hopLength samples, of polarity 1 (`estimatePolarity`) whatever the recording's. */
  readonly waveform: Float32Array
  /** Pitch phase in cycles, modulo 1; NaN where unvoiced. One value a sample. */
  readonly phase: Float32Array
  /** Log-mel [frames, melBands]. */
  readonly logMel: Float32Array
  /** F0 at the centre of each mel frame, in Hz; 0 where unvoiced. */
  readonly f0Hz: Float32Array
  /** Highest frequency that the recording holds; above it no loss looks. */
  readonly bandwidthHz: number
}

/** Raised whenever the analysis changes, so that old caches are not taken for new. */
const cacheVersion = 5

/**
 * Analyses a recording, or reads the analysis from the cache folder. An analysis that is not as it was written is made anew.
 *
 * @param notice told when that is done, and what is wrong with a file that is analysed
 * @throws GlowcastError INVALID_AUDIO, UNSUPPORTED_FORMAT, INVALID_DATASET when too short; IO; WriteError when the cache
 *   cannot be written
 */
export async function recordingFeatures(
  recording: Recording,
  mel: MelConfig,
  minimumFrames: number,
  cacheFolder: string,
  notice: (message: string) => void = () => undefined,
): Promise<Features> {
  const file = join(cacheFolder, `${await cacheKey(recording, mel)}.f32`)
  const cached = await readCached(file, () =>
    notice(`${file} is damaged: ${recording.path} is analysed anew`),
  )
  const warn = (warning: FileWarning) => notice(`warning: ${warningLine(recording.path, warning)}`)
  const packed = cached ?? (await analyse(recording, mel, warn))
  const features = unpack(recording.name, packed, mel)
  if (features.frames < minimumFrames) {
    throw invalidDataset(recording.path, plural(features.frames, 'mel frame'), `at least ${minimumFrames}`)
  }
  if (cached === undefined) await writeCached(file, packed)
  return features
}

async function cacheKey(recording: Recording, mel: MelConfig): Promise<string> {
  const { size, mtimeMs } = await stat(recording.path).catch((cause) => {
    throw readError(recording.path, cause)
  })
  const identity = JSON.stringify([cacheVersion, recording.path, size, mtimeMs, mel])
  return createHash('sha256').update(identity).digest('hex').slice(0, 32)
}

async function analyse(
  recording: Recording,
  mel: MelConfig,
  warn: (warning: FileWarning) => void,
): Promise<Float32Array> {
  const loaded = removeDc(await loadMono(recording.path, mel.sampleRate, warn))
  const frames = Math.floor(loaded.length / mel.hopLength)
  const waveform = loaded.subarray(0, frames * mel.hopLength)
  const pitch = trackPitch(waveform, mel.sampleRate)
  const { phaseCycles, polarity } = trackPitchPhase(waveform, mel.sampleRate, pitch)
  const samples = waveform.length
  const packed = new Float32Array(2 * samples + frames * (mel.melBands + 1))
  for (let i = 0; i < samples; i++) packed[i] = polarity * waveform[i]!
  for (let i = 0; i < samples; i++) packed[samples + i] = phaseCycles[i]! - Math.floor(phaseCycles[i]!)
  packed.set(logMel(waveform, mel).data, 2 * samples)
  const perFrame = mel.hopLength / pitch.hopLength
  const f0 = packed.subarray(2 * samples + frames * mel.melBands)
  for (let frame = 0; frame < frames; frame++) {
    f0[frame] = centreF0(pitch.f0Hz, frame * perFrame, perFrame)
  }
  return packed
}

/** Mean F0 of the track's values inside a mel frame; unvoiced when any of them is. */
function centreF0(f0Hz: Float32Array, start: number, count: number): number {
  let sum = 0
  for (let i = start; i < start + count; i++) {
    const value = f0Hz[i] ?? 0
    if (value === 0) return 0
    sum += value
  }
  return sum / count
}

function unpack(name: string, packed: Float32Array, mel: MelConfig): Features {
  const frames = packed.length / (2 * mel.hopLength + mel.melBands + 1)
  const samples = frames * mel.hopLength
  const bands = frames * mel.melBands
  const waveform = packed.subarray(0, samples)
  return {
    name,
    frames,
    waveform,
    phase: packed.subarray(samples, 2 * samples),
    logMel: packed.subarray(2 * samples, 2 * samples + bands),
    f0Hz: packed.subarray(2 * samples + bands),
    bandwidthHz: bandwidthHz(waveform, mel.sampleRate),
  }
}
