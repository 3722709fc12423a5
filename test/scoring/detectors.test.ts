import { createEngine } from '../../src/engine/index.js'
import { RandomStream } from '../../src/numeric/random.js'
import { defaultContentShape } from '../../src/scoring/novelty/config.js'
import { NoveltyDetector } from '../../src/scoring/novelty/detector.js'
import { contentPatches } from '../../src/scoring/novelty/patches.js'
import { makeContentModel } from '../../src/scoring/novelty/training/train.js'
import { TextureDetector } from '../../src/scoring/texture/detector.js'
import { detectorContract } from '../contracts/detector-contract.js'
import { tinyConfigWithoutPitch as config, tinyWeights } from '../tiny-model.js'
import { noise } from './signals.js'

const sampleRate = 22_050

/** Harmonics of a turning shaft in noise; each seed gives another speed and level. */
function machine(seed: number, octave = 1): Float32Array {
  const random = new RandomStream(seed, 21)
  const hz = octave * (100 + 20 * random.uniform())
  const level = 0.05 + 0.03 * random.uniform()
  return noise(Math.round(0.6 * sampleRate), 0.01, seed).map((breath, i) => {
    const phase = (2 * Math.PI * hz * i) / sampleRate
    let sum = breath
    for (let k = 1; k <= 8; k++) sum += (level / k) * Math.sin(k * phase)
    return sum
  })
}

function clicking(seed: number): Float32Array {
  const sound = machine(seed)
  for (let i = 3000; i < sound.length - 1000; i += 2500) sound[i]! += 0.6
  return sound
}

detectorContract({
  name: 'texture',
  normal: machine,
  unusual: clicking,
  async create() {
    const engine = await createEngine('onnx', { threads: 1 })
    const weights = { config, weights: tinyWeights(1, config), hash: 'tiny' }
    return TextureDetector.create(engine, weights)
  },
})

detectorContract({
  name: 'novelty',
  normal: machine,
  unusual: (seed) => machine(seed, 4),
  async create() {
    const engine = await createEngine('onnx', { threads: 1 })
    const normal = Array.from({ length: 16 }, (_, i) => ({
      hash: `${i}`,
      segments: [{ patches: contentPatches(machine(1000 + i), defaultContentShape), seconds: 0.6 }],
    }))
    const recordings = { normal, background: [], negatives: [] }
    const made = await makeContentModel(engine, recordings, {
      shape: defaultContentShape,
      seed: 0,
      steps: 10,
    })
    return NoveltyDetector.create(engine, { ...made, hash: 'a'.repeat(64) })
  },
})
