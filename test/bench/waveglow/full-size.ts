import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { peakMemoryMb } from '../../../src/cli/terminal/peak-memory.js'
import { createEngine } from '../../../src/engine/index.js'
import { readSafetensors, writeSafetensors } from '../../../src/models/files/safetensors.js'
import { loadModel } from '../../../src/models/load-model.js'
import { fillNormal } from '../../../src/numeric/random.js'
import { packageFolder } from '../../../src/package-root.js'
import { samplePrior } from '../../../src/synthesis/sample-prior.js'
import { Vocoder } from '../../../src/synthesis/vocoder.js'

/*
 * Makes a full-size WaveGlow with the reference, imports it, and compares audio and memory:
 *
 *   npm run build
 *   node dist/test/bench/waveglow/full-size.js --python VENV/bin/python --waveglow WAVEGLOW [--frames 24]
 *
 * WAVEGLOW is github.com/NVIDIA/waveglow; the Python needs torch, numpy and safetensors. Exit code 1 when the
 * audio differs by 1e-4 or more, or when the import peaks at twice the checkpoint's size or more.
 */
const run = promisify(execFile)
const { values } = parseArgs({
  options: {
    python: { type: 'string' },
    waveglow: { type: 'string' },
    frames: { type: 'string', default: '24' },
  },
})
if (values.python === undefined || values.waveglow === undefined) {
  throw new Error('expected --python FILE and --waveglow FOLDER')
}
const frames = Number(values.frames)
const folder = await mkdtemp(join(tmpdir(), 'glowcast-full-size-'))
const at = (name: string) => join(folder, name)
try {
  const mel = new Float32Array(frames * 80)
  fillNormal(mel, 5, 5, 0)
  for (let i = 0; i < mel.length; i++) mel[i] = -5 + 1.5 * mel[i]!
  const noise = samplePrior(7, 0, frames * 32, 8, 1)
  const tensors = { mel: { shape: [frames, 80], data: mel }, noise: { shape: [frames * 32, 8], data: noise } }
  await writeFile(at('inputs.safetensors'), writeSafetensors(tensors))
  const script = join(packageFolder(), 'test', 'bench', 'waveglow', 'full-size.py')
  const files = ['inputs.safetensors', 'waveglow.pt', 'outputs.safetensors'].map(at)
  const python = await run(values.python, ['-W', 'ignore', script, values.waveglow, ...files])
  console.log(python.stdout.trim())

  const cli = join(packageFolder(), 'dist', 'src', 'cli', 'main.js')
  const importing = [cli, 'import', at('waveglow.pt'), '--out', at('model'), '--json']
  const { stdout } = await run(process.execPath, importing)
  const found = JSON.parse(stdout)
  const checkpointMb = (await stat(at('waveglow.pt'))).size / 2 ** 20

  const { config, weights } = await loadModel(at('model'))
  const loadedMb = peakMemoryMb()
  const vocoder = await Vocoder.create(await createEngine('onnx', { threads: 1 }), config, weights)
  const started = performance.now()
  const audio = await vocoder.synthesize({ data: mel, frames, channels: 80 }, { seed: 7, temperature: 1 })
  const seconds = (performance.now() - started) / 1000
  await vocoder.dispose()
  const expected = readSafetensors(await readFile(at('outputs.safetensors'))).tensors.get('audio')!.data
  const peak = (samples: Float32Array) => samples.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  const difference = peak(audio.map((value, i) => value - expected[i]!))
  const importPeakOfCheckpoint = found.peakMemoryMb / checkpointMb
  console.table({
    parameters: found.parameters,
    gmacPerSecondOfAudio: found.gmacPerSecondOfAudio,
    samples: audio.length,
    audioPeak: peak(expected),
    largestDifference: difference,
    checkpointMb,
    importPeakMb: found.peakMemoryMb,
    importPeakOfCheckpoint,
    loadModelPeakOfCheckpoint: loadedMb / checkpointMb,
    vocodePeakMb: peakMemoryMb(),
    synthesisSeconds: seconds,
  })
  const isGood = audio.length === expected.length && difference < 1e-4 && importPeakOfCheckpoint < 2
  process.exitCode = isGood ? 0 : 1
} finally {
  await rm(folder, { recursive: true })
}
