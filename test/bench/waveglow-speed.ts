import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { packageFolder } from '../../src/cli/files.js'
import { createEngine } from '../../src/engine/index.js'
import { fillNormal } from '../../src/flow/random.js'
import { openWaveglowCheckpoint, readWeights } from '../../src/models/waveglow-import/import-waveglow.js'
import { Vocoder } from '../../src/vocoder.js'

/*
 * The full-size WaveGlow on our ONNX engine beside PyTorch on the same threads, in turns:
 *
 *   npm run build
 *   node dist/test/bench/waveglow-speed.js --python VENV/bin/python --waveglow WAVEGLOW \
 *     [--frames 24,100,400] [--threads 1,2] [--rounds 3]
 *
 * WAVEGLOW is github.com/NVIDIA/waveglow; the Python needs torch and numpy. Times are the least of the rounds, ratios
 * those of the least times.
 */
const { values } = parseArgs({
  options: {
    python: { type: 'string' },
    waveglow: { type: 'string' },
    frames: { type: 'string', default: '24,100,400' },
    threads: { type: 'string', default: '1,2' },
    rounds: { type: 'string', default: '3' },
  },
})
if (values.python === undefined || values.waveglow === undefined) {
  throw new Error('expected --python FILE and --waveglow FOLDER')
}
const numbers = (list: string) => list.split(',').map(Number)

function randomMel(frames: number) {
  const data = new Float32Array(frames * 80)
  fillNormal(data, 5, 5, 0)
  return { data: data.map((value) => -5 + 1.5 * value), frames, channels: 80 }
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return (performance.now() - started) / 1000
}

const folder = await mkdtemp(join(tmpdir(), 'glowcast-speed-'))
const checkpoint = join(folder, 'waveglow.pt')
const script = join(packageFolder(), 'test', 'bench', 'waveglow-speed.py')
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
    const vocoder = await Vocoder.create(await createEngine('onnx', { threads }), opened.config, weights)
    await vocoder.synthesize(randomMel(4))
    for (const frames of numbers(values.frames)) {
      const mel = randomMel(frames)
      const ours: number[] = []
      const theirs: number[] = []
      for (let round = 0; round < Number(values.rounds); round++) {
        ours.push(await secondsOf(() => vocoder.synthesize(mel, { temperature: 1, seed: round })))
        reference.stdin.write(`${threads} ${frames}\n`)
        theirs.push(Number(await answer()))
      }
      const audio = (frames * vocoder.mel.hopLength) / vocoder.mel.sampleRate
      const [our, their] = [Math.min(...ours), Math.min(...theirs)]
      rows.push({
        threads,
        frames,
        seconds: our,
        rtf: our / audio,
        pytorchSeconds: their,
        pytorchRtf: their / audio,
        ratio: their / our,
      })
      console.log(JSON.stringify(rows.at(-1)))
    }
    await vocoder.dispose()
  }
  console.table(rows)
} finally {
  reference.kill()
  await rm(folder, { recursive: true })
}
