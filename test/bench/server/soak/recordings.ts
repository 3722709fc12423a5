import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { loadMono } from '../../../../src/audio/files/audio-file.js'
import { encodeWav } from '../../../../src/audio/wav/wav.js'
import { createEngine } from '../../../../src/engine/index.js'
import { LikelihoodModel, liveChunkFrames } from '../../../../src/likelihood/likelihood.js'
import { loadGlowcastModel } from '../../../../src/models/load-model.js'
import { RandomStream } from '../../../../src/numeric/random.js'
import { bundledModel, packageFolder } from '../../../../src/package-root.js'
import { s16ToSamples, samplesToS16 } from '../../../../src/protocol/messages.js'
import { type FrameMap, LiveScorer } from '../../../../src/scoring/texture/live-scorer.js'
import type { FileScore } from '../../../../src/scoring/verdict/file-score.js'

/** A recording of which it is known what a scoring stream must say. */
export interface KnownRecording {
  readonly name: string
  /** As 16-bit integers are. */
  readonly samples: Float32Array
  readonly sampleRate: number
  readonly seconds: number
  readonly blockSeconds: number
  /** Frame by frame, of the library. */
  readonly frames: readonly FrameMap[]
  /** The object of `glowcast score --json`. */
  readonly file: FileScore
}

const plans = [
  { name: 'speech, 5 s blocks', speech: 'speech', sampleRate: 16_000, seconds: 32.7, blockSeconds: 5 },
  { name: 'clicks, 2 s blocks', speech: 'speech-german', sampleRate: 22_050, seconds: 21.3, blockSeconds: 2 },
  { name: 'a hole, 5 s blocks', speech: 'speech', sampleRate: 48_000, seconds: 20, blockSeconds: 5 },
  { name: 'less than a block', speech: 'speech-german', sampleRate: 8000, seconds: 11.37, blockSeconds: 30 },
] as const

/** Recordings with what the command line and the library say of them. */
export async function knownRecordings(): Promise<KnownRecording[]> {
  const { config, weights } = await loadGlowcastModel(bundledModel)
  const engine = await createEngine('onnx', { threads: 1 })
  const model = await LikelihoodModel.create(engine, config, weights, { chunkFrames: liveChunkFrames })
  const folder = await mkdtemp(join(tmpdir(), 'glowcast-soak-'))
  try {
    const known: KnownRecording[] = []
    for (const plan of plans) {
      const samples = await madeUp(plan)
      const scorer = new LiveScorer(model, plan.sampleRate)
      const frames = [...(await scorer.push(samples)), ...(await scorer.flush())]
      const path = join(folder, 'recording.wav')
      await writeFile(
        path,
        encodeWav({ sampleRate: plan.sampleRate, channels: [samples] }, { format: 'int16' }),
      )
      known.push({ ...plan, samples, frames, file: await commandLineScore(path, plan) })
    }
    return known
  } finally {
    await model.dispose()
    await rm(folder, { recursive: true })
  }
}

async function madeUp({ name, speech, sampleRate, seconds }: (typeof plans)[number]): Promise<Float32Array> {
  const phrase = await loadMono(join(packageFolder(), 'test/fixtures/audio', `${speech}.flac`), sampleRate)
  const samples = Float32Array.from(
    { length: Math.round(seconds * sampleRate) },
    (_, i) => phrase[i % phrase.length]!,
  )
  const random = new RandomStream(5, sampleRate)
  if (name.startsWith('clicks')) {
    for (let at = 3 * sampleRate; at < samples.length; at += 4 * sampleRate) {
      samples[at + random.integer(sampleRate)] = 0.9
    }
  }
  // The third block is silent.
  if (name.startsWith('a hole')) samples.fill(0, 10 * sampleRate, 15 * sampleRate)
  return s16ToSamples(samplesToS16(samples))
}

/** One that is shorter than a block is judged as the file that it is. */
async function commandLineScore(
  path: string,
  { seconds, blockSeconds }: (typeof plans)[number],
): Promise<FileScore> {
  const cli = join(packageFolder(), 'dist', 'src', 'cli', 'main.js')
  const inBlocks = seconds < blockSeconds ? [] : ['--block-seconds', `${blockSeconds}`]
  const options = ['score', path, '--json', '--threads', '1', ...inBlocks]
  const output = await promisify(execFile)(process.execPath, [cli, ...options]).catch((error) => {
    // Not accepted.
    if (error.code === 2) return error as { stdout: string }
    throw error
  })
  return (JSON.parse(output.stdout) as FileScore[])[0]!
}
