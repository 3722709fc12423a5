import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeNpy } from '../../src/audio/mel/npy.js'
import { encodeWav } from '../../src/audio/wav/wav.js'
import { createEngine } from '../../src/engine/index.js'
import { loadGlowcastModel } from '../../src/models/load-model.js'
import { concatFloats } from '../../src/numeric/concat-floats.js'
import { bundledModel } from '../../src/package-root.js'
import { HibariModel } from '../../src/speech/hibari/hibari-model.js'
import type { SynthesisOptions } from '../../src/synthesis/options.js'
import { Vocoder } from '../../src/synthesis/vocoder.js'
import { sentences } from './speech-sentences.js'

/**
 * `node dist/test/bench/speech-samples.js DIR OUT`: fifty sentences of the Harvard lists, as an acoustic model
 * says them, for `speech-judge.py`: OUT/mels/NN.npy, and OUT/NAME/NN.wav for each way to vocode these mels.
 */
const [folder, out] = process.argv.slice(2)
if (folder === undefined || out === undefined) {
  console.error('usage: speech-samples DIR OUT   (DIR: what glowcast unpack-acoustic-model wrote)')
  process.exit(1)
}

const acoustic = await HibariModel.open(folder)
const { config, weights } = await loadGlowcastModel(bundledModel)
const vocoder = await Vocoder.create(await createEngine('onnx', { threads: 1 }), config, weights)

const { sharpen } = acoustic
/** The F0 that the acoustic model predicts, which is that of its mel. */
const withF0 = (f0Hz: Float32Array): SynthesisOptions => ({ f0Hz, melDetail: true })
const ways: Record<string, (f0Hz: Float32Array) => SynthesisOptions> = {
  default: () => ({ sharpen }),
  'default-f0': (f0Hz) => ({ sharpen, ...withF0(f0Hz) }),
  comb: () => ({ sharpen, comb: true }),
  'comb-f0': (f0Hz) => ({ sharpen, comb: true, ...withF0(f0Hz) }),
  'not-sharpened': () => ({}),
  'not-sharpened-f0': withF0,
}
const { sampleRate, melBands } = vocoder.mel
for (const name of ['mels', ...Object.keys(ways)]) await mkdir(join(out, name), { recursive: true })
await writeFile(join(out, 'sentences.txt'), `${sentences.join('\n')}\n`)
for (const [i, sentence] of sentences.entries()) {
  const name = `${i + 1}`.padStart(2, '0')
  const mels: Float32Array[] = []
  const f0s: Float32Array[] = []
  for await (const { mel, f0Hz } of acoustic.speak(sentence)) {
    mels.push(mel.data)
    f0s.push(f0Hz!)
  }
  const data = concatFloats(mels)
  const frames = data.length / melBands
  await writeFile(join(out, 'mels', `${name}.npy`), encodeNpy([frames, melBands], data))
  for (const [way, optionsFor] of Object.entries(ways)) {
    const samples = await vocoder.synthesize(
      { data, frames, channels: melBands },
      optionsFor(concatFloats(f0s)),
    )
    const wav = encodeWav({ sampleRate, channels: [samples] }, { format: 'int16' })
    await writeFile(join(out, way, `${name}.wav`), wav)
  }
  console.log(`${name} ${sentence}`)
}
await vocoder.dispose()
await acoustic.dispose()
