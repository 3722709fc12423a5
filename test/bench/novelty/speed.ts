import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { encodeWav } from '../../../src/audio/wav/wav.js'
import type { Engine } from '../../../src/engine/index.js'
import { calibrationFile } from '../../../src/models/files/model-folder.js'
import { RandomStream } from '../../../src/numeric/random.js'
import { packageFolder } from '../../../src/package-root.js'
import { addGroup } from '../../../src/scoring/calibration/store.js'
import { calibrateContentGroup } from '../../../src/scoring/novelty/calibration.js'
import { ContentMeter } from '../../../src/scoring/novelty/meter.js'
import { saveContentModel } from '../../../src/scoring/novelty/model.js'
import { makeContentModel } from '../../../src/scoring/novelty/training/train.js'
import { type Clip, shape } from './corpus.js'

/** Of the files that are scored, Hz: what recorders write, which is resampled. */
const sampleRate = 44_100

/** Prints the memory and the processor time of a program when it ends. */
function usageHook(): string {
  const peakMemory = pathToFileURL(join(packageFolder(), 'dist/src/cli/terminal/peak-memory.js'))
  const usage = '{...process.resourceUsage(),peakMb:peakMemoryMb()}'
  return `data:text/javascript,import{peakMemoryMb}from"${peakMemory}";process.on("exit",()=>process.stderr.write("usage "+JSON.stringify(${usage})))`
}

/** `glowcast score --content` with a background, as a program of its own with one thread: short files, and an hour. */
export async function speedLines(engine: Engine, clips: readonly Clip[]): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'glowcast-content-speed-'))
  try {
    const model = await smallModel(engine, clips, join(folder, 'model'))
    const sound = noise(30)
    const short: string[] = []
    for (let i = 0; i < 60; i++) {
      short.push(await write(join(folder, `${i}.wav`), sound.subarray(0, 5 * sampleRate)))
    }
    const hour = new Float32Array(3600 * sampleRate)
    for (let i = 0; i < 120; i++) hour.set(sound, i * sound.length)
    const long = await write(join(folder, 'hour.wav'), hour)
    const [start, many, one] = [
      await usageOf(model, short.slice(0, 1)),
      await usageOf(model, short),
      await usageOf(model, [long]),
    ]
    const row = (what: string, seconds: number, { cpuSeconds, peakMb }: Usage) =>
      `| ${what} | ${(seconds / cpuSeconds).toFixed(0)} | ${cpuSeconds.toFixed(1)} s | ${peakMb.toFixed(0)} MB |`
    return [
      '**Speed.** `glowcast score --content` with a background, `--threads 1 --jobs 1`, 44.1 kHz, with its start; the time is that of the processor.',
      '',
      '| files | times real time | processor time | most memory |',
      '|---|---|---|---|',
      row('one of 5 s', 5, start),
      row('60 of 5 s', 300, many),
      row('one hour', 3600, one),
    ]
  } finally {
    await rm(folder, { recursive: true })
  }
}

interface Usage {
  readonly cpuSeconds: number
  readonly peakMb: number
}

async function usageOf(model: string, files: readonly string[]): Promise<Usage> {
  const cli = join(packageFolder(), 'dist', 'src', 'cli', 'main.js')
  const options = ['--content', model, '--threads', '1', '--jobs', '1', '--csv']
  const command = ['--import', usageHook(), cli, 'score', ...files, ...options]
  // Noise is not the sound that was trained: the exit code says so.
  const { stderr } = await promisify(execFile)(process.execPath, command).catch(
    (error: { stderr: string }) => error,
  )
  const usage = /usage (\{.*\})/.exec(stderr)?.[1]
  if (usage === undefined) throw new Error(`glowcast score did not end well: ${stderr}`)
  const { userCPUTime, systemCPUTime, peakMb } = JSON.parse(usage) as NodeJS.ResourceUsage & Usage
  return { cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakMb }
}

/** A model of one class, trained briefly: what it knows does not change the time. */
async function smallModel(engine: Engine, clips: readonly Clip[], folder: string): Promise<string> {
  const recordingsOf = (category: number) =>
    clips.filter((clip) => clip.category === category).map(({ recording }) => recording)
  const recordings = { normal: recordingsOf(0), background: recordingsOf(1), negatives: [] }
  const made = await makeContentModel(engine, recordings, { shape, seed: 1, steps: 20 })
  const hash = await saveContentModel(folder, made.config, made.flows, made.profiles, '# Of the benchmark\n')
  const meter = await ContentMeter.create(engine, shape, made.flows)
  const items = []
  for (const { segments } of recordingsOf(2)) {
    items.push(await meter.measurePatches(segments[0]!.patches, segments[0]!.seconds))
  }
  await meter.dispose()
  const normal = { reference: made.config.reference, profiles: made.profiles }
  const group = calibrateContentGroup(normal, items, { seed: 1, date: '2026-01-01' })
  await addGroup(join(folder, calibrationFile), { name: 'novelty', model: hash }, 'default', group)
  return folder
}

function noise(seconds: number): Float32Array {
  const random = new RandomStream(1, 1)
  return Float32Array.from({ length: seconds * sampleRate }, () => 0.1 * random.normal())
}

async function write(path: string, waveform: Float32Array): Promise<string> {
  await writeFile(path, encodeWav({ sampleRate, channels: [waveform] }, { format: 'int16' }))
  return path
}
