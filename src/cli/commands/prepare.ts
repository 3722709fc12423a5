import { mkdir } from 'node:fs/promises'
import { basename, dirname, extname, join, relative } from 'node:path'
import { loadAudio, removeDc } from '../../audio/files/audio-file.js'
import { toMono } from '../../audio/files/channels.js'
import { encodeWav } from '../../audio/wav/wav.js'
import { GlowcastError } from '../../errors.js'
import { writeFileAside } from '../../io/output.js'
import { assertFolder } from '../../io/same-file.js'
import { WriteError, writeError } from '../../io/system-error.js'
import { plural } from '../../plural.js'
import { audioBelow, type Skipped } from '../../training/data/dataset.js'
import { type Fitness, type FitnessLimits, measureFitness, unfitReason } from '../../training/data/fitness.js'
import { assertApart } from '../program/assert-apart.js'
import { type CliIo, note, print } from '../terminal/io.js'
import { createProgress } from '../terminal/progress.js'

export interface PrepareOptions {
  readonly data: string[]
  readonly out: string
  readonly minSeconds: number
  readonly minLevel: number
  readonly minSnr: number
  readonly maxClipped: number
  readonly minBandwidth: number
  readonly json?: boolean
}

interface Kept extends Omit<Fitness, 'start' | 'end'> {
  readonly file: string
}

/** `glowcast prepare`: recordings without silent ends and DC; what is unfit is left out, and listed with its reason. */
export async function prepare(options: PrepareOptions, io: CliIo = process): Promise<void> {
  const { data, out } = options
  await assertFolder(out)
  await assertApart(data, out)
  const { audio, skipped } = await audioBelow(data, [out])
  const kept: Kept[] = []
  const taken = new Set<string>()
  const leftOut: Skipped[] = [...skipped]
  const progress = createProgress({ label: 'prepare', unit: 'files', total: audio.length, stream: io.stderr })
  try {
    for (const [index, { path, folder }] of audio.entries()) {
      const name = join(basename(folder), relative(folder, path))
      const file = `${name.slice(0, -extname(name).length)}.wav`
      const result = taken.has(file)
        ? `another recording is ${file} already`
        : await prepareFile(path, join(out, file), limitsOf(options))
      if (typeof result === 'string') leftOut.push({ path, reason: result })
      else {
        taken.add(file)
        kept.push({ file, ...result })
      }
      progress.update(index + 1)
    }
  } finally {
    progress.finish()
  }
  const list = join(out, 'prepared.json')
  await writeFileAside(list, Buffer.from(`${JSON.stringify({ kept, leftOut }, null, 1)}\n`))
  const seconds = kept.reduce((sum, each) => sum + each.seconds, 0)
  if (options.json === true) {
    print(io, JSON.stringify({ list, kept: kept.length, seconds, leftOut: leftOut.length }))
    return
  }
  print(io, `${plural(kept.length, 'recording')}, ${(seconds / 60).toFixed(1)} min, in ${out}`)
  if (leftOut.length > 0) note(io, `${leftOut.length} left out: ${list} says why`)
}

function limitsOf(options: PrepareOptions): FitnessLimits {
  return {
    minSeconds: options.minSeconds,
    minLevelDb: options.minLevel,
    minSignalToNoiseDb: options.minSnr,
    maxClippedShare: options.maxClipped,
    minBandwidthHz: options.minBandwidth,
  }
}

/**
 * Float samples at the file's own rate: with 16 bits the rounding would fill the band that the recording lacks.
 *
 * @returns why it is left out, or what was measured
 */
async function prepareFile(
  path: string,
  target: string,
  limits: FitnessLimits,
): Promise<string | Omit<Kept, 'file'>> {
  try {
    const audio = await loadAudio(path)
    const waveform = removeDc(toMono(audio))
    const { sampleRate } = audio
    const { start, end, ...fitness } = measureFitness(waveform, sampleRate)
    const reason = unfitReason({ start, end, ...fitness }, limits)
    if (reason !== undefined) return reason
    await mkdir(dirname(target), { recursive: true }).catch((cause) => {
      throw writeError(dirname(target), cause)
    })
    const speech = { sampleRate, channels: [waveform.subarray(start, end)] }
    await writeFileAside(target, encodeWav(speech, { format: 'float32' }))
    return fitness
  } catch (error) {
    if (!(error instanceof GlowcastError) || error instanceof WriteError) throw error
    return error.message
  }
}
