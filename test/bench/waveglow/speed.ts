import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { logMel, type MelConfig } from '../../../src/audio/mel/mel.js'
import { createEngine, precisions } from '../../../src/engine/index.js'
import { openWaveglowCheckpoint, readWeights } from '../../../src/models/waveglow/import/import.js'
import { fillNormal } from '../../../src/numeric/random.js'
import { packageFolder } from '../../../src/package-root.js'
import { Vocoder } from '../../../src/synthesis/vocoder.js'

/*
 * The full-size WaveGlow on our ONNX engine beside PyTorch on the same threads, in turns:
 *
 *   npm run build
 *   node dist/test/bench/waveglow/speed.js --python VENV/bin/python --waveglow WAVEGLOW \
 *     [--frames 24,100,400] [--threads 1,2] [--rounds 3] [--precision float32,int8]
 *
 * WAVEGLOW is github.com/NVIDIA/waveglow; the Python needs torch and numpy. Times are the least of the rounds, ratios
 * those of the least times. Of other precisions, how near their audio is to that of the first: the power of the
 * difference in dB below the audio's, and the mean difference of the log-mels in nats.
 */
const { values } = parseArgs({
  options: {
    python: { type: 'string' },
    waveglow: { type: 'string' },
    frames: { type: 'string', default: '24,100,400' },
    threads: { type: 'string', default: '1,2' },
    rounds: { type: 'string', default: '3' },
    precision: { type: 'string', default: 'float32' },
  },
})
if (values.python === undefined || values.waveglow === undefined) {
  throw new Error('expected --python FILE and --waveglow FOLDER')
}
const numbers = (list: string) => list.split(',').map(Number)
const wanted = values.precision.split(',').map((name) => {
  const precision = precisions.find((known) => known === name)
  if (precision === undefined) throw new Error(`--precision: got ${name}, expected ${precisions.join(', ')}`)
  return precision
})

function randomMel(frames: number) {
  const data = new Float32Array(frames * 80)
  fillNormal(data, 5, 5, 0)
  return { data: data.map((value) => -5 + 1.5 * value), frames, channels: 80 }
}

function nearness(audio: Float32Array, wanted: Float32Array, config: MelConfig) {
  const power = (samples: Float32Array) => samples.reduce((sum, value) => sum + value * value, 0)
  const [a, b] = [audio, wanted].map((samples) => logMel(samples, config).data)
  return {
    differenceDb: 10 * Math.log10(power(audio.map((value, i) => value - wanted[i]!)) / power(wanted)),
    logMelL1: a!.reduce((sum, value, i) => sum + Math.abs(value - b![i]!), 0) / a!.length,
  }
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return (performance.now() - started) / 1000
}

const folder = await mkdtemp(join(tmpdir(), 'glowcast-speed-'))
const checkpoint = join(folder, 'waveglow.pt')
const script = join(packageFolder(), 'test', 'bench', 'waveglow', 'speed.py')
const reference = spawn(values.python, ['-W', 'ignore', script, values.waveglow, checkpoint], {
  stdio: ['pipe', 'pipe', 'inherit'],
})
try {
  const answers = createInterface({ input: reference.stdout })[Symbol.asyncIterator]()
  const answer = async () => String((await answers.next()).value)
  console.log(await answer())
  const opened = await openWaveglowCheckpoint(checkpoint)
  const weights = await readWeights(opened.weights)
  await opened.close()
  const rows = []
  for (const threads of numbers(values.threads)) {
    const vocoders: Vocoder[] = []
    for (const precision of wanted) {
      const engine = await createEngine('onnx', { threads, precision })
      vocoders.push(await Vocoder.create(engine, opened.config, weights))
      await vocoders.at(-1)!.synthesize(randomMel(4))
    }
    const { mel: melConfig } = vocoders[0]!
    for (const frames of numbers(values.frames)) {
      const mel = randomMel(frames)
      const ours = wanted.map(() => Number.POSITIVE_INFINITY)
      let their = Number.POSITIVE_INFINITY
      const audio: Float32Array[] = []
      for (let round = 0; round < Number(values.rounds); round++) {
        for (const [i, vocoder] of vocoders.entries()) {
          const synthesis = async () => {
            audio[i] = await vocoder.synthesize(mel, { temperature: 1, seed: round })
          }
          ours[i] = Math.min(ours[i]!, await secondsOf(synthesis))
        }
        reference.stdin.write(`${threads} ${frames}\n`)
        their = Math.min(their, Number(await answer()))
      }
      const audioSeconds = (frames * melConfig.hopLength) / melConfig.sampleRate
      for (const [i, precision] of wanted.entries()) {
        rows.push({
          threads,
          frames,
          precision,
          seconds: ours[i]!,
          rtf: ours[i]! / audioSeconds,
          pytorchSeconds: their,
          pytorchRtf: their / audioSeconds,
          ratio: their / ours[i]!,
          ...(i === 0 ? {} : nearness(audio[i]!, audio[0]!, melConfig)),
        })
        console.log(JSON.stringify(rows.at(-1)))
      }
    }
    for (const vocoder of vocoders) await vocoder.dispose()
  }
  console.table(rows)
} finally {
  reference.kill()
  await rm(folder, { recursive: true })
}
