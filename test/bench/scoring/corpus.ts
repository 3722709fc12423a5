import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadMono, removeDc } from '../../../src/audio/files/audio-file.js'
import type { Latents } from '../../../src/likelihood/likelihood.js'
import { withMirroredEnds } from '../../../src/scoring/recording/mirrored-ends.js'
import type { RecordingMeter, TextureMeasurement } from '../../../src/scoring/texture/reference/meter.js'
import type { Recording } from '../../../src/training/data/dataset.js'
import type { Damage } from './damages/damages.js'
import { heardOf } from './heard.js'

/** A recording, whole or damaged, as the benchmark sees it. */
export interface Item {
  readonly waveform: Float32Array
  readonly latents: Latents
  readonly measurement: TextureMeasurement
}

/** Voice by voice in turn, so that the first few are of all voices; a voice is the start of the folder's name. */
export function interleaved(recordings: readonly Recording[]): Recording[] {
  const voices = new Map<string, Recording[]>()
  for (const recording of recordings) {
    const voice = /^[^-/]+/.exec(recording.name)?.[0] ?? ''
    voices.set(voice, [...(voices.get(voice) ?? []), recording])
  }
  const longest = Math.max(...[...voices.values()].map((list) => list.length))
  return Array.from({ length: longest }, (_, i) =>
    [...voices.values()].flatMap((list) => list[i] ?? []),
  ).flat()
}

export async function loadWaveform({ path }: Recording, sampleRate: number): Promise<Float32Array> {
  return removeDc(await loadMono(path, sampleRate))
}

/** Makes items, and keeps them in a folder: a damaged recording as 16-bit samples, latents as float32. */
export class Corpus {
  constructor(
    private readonly meter: RecordingMeter,
    private readonly folder: string,
  ) {
    mkdirSync(folder, { recursive: true })
  }

  async item(recording: Recording, damage?: Damage): Promise<Item> {
    const clean = await loadWaveform(recording, this.meter.sampleRate)
    const name = damage === undefined ? 'clean' : `${damage.name} ${damage.strength}`
    const file = join(
      this.folder,
      createHash('sha256').update(`${recording.name} ${name}`).digest('hex').slice(0, 24),
    )
    const waveform =
      damage === undefined
        ? clean
        : await this.damaged(`${file}.i16`, () => damage.apply(clean, recording.phrase))
    const heard = withMirroredEnds(heardOf(waveform), this.meter.hopLength)
    const latents = await this.latents(`${file}.${this.meter.density.slice(0, 8)}.heard.f32`, heard.samples)
    return { waveform, ...this.meter.scoredPartOf(heard, latents) }
  }

  private async damaged(
    file: string,
    make: () => Float32Array | Promise<Float32Array>,
  ): Promise<Float32Array> {
    if (!existsSync(file)) {
      const integers = Int16Array.from(removeDc(await make()), (sample) =>
        Math.max(-32768, Math.min(32767, Math.round(32768 * sample))),
      )
      writeFileSync(file, new Uint8Array(integers.buffer))
    }
    const bytes = readFileSync(file)
    const integers = new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
    return Float32Array.from(integers, (value) => value / 32768)
  }

  private async latents(file: string, waveform: Float32Array): Promise<Latents> {
    const { groupSize, groupsPerFrame } = this.meter
    if (!existsSync(file)) {
      const { values, logDet } = await this.meter.likelihood.latents(waveform)
      const all = new Float32Array(values.length + logDet.length)
      all.set(values)
      all.set(logDet, values.length)
      writeFileSync(file, new Uint8Array(all.buffer))
    }
    const bytes = readFileSync(file)
    const all = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
    const groups = all.length / (groupSize + 1)
    const values = all.subarray(0, groups * groupSize)
    return { values, logDet: all.subarray(groups * groupSize), groups, groupSize, groupsPerFrame }
  }
}
