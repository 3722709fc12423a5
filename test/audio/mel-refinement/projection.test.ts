import type * as tf from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'
import { logMel, melPresets } from '../../../src/audio/mel/mel.js'
import { MelProjection } from '../../../src/audio/mel-refinement/projection.js'
import { projectBlocks } from '../../../src/models/glowcast/mel-projection-graph.js'
import { RandomStream } from '../../../src/numeric/random.js'
import { createModelEngine } from '../../test-engine.js'
import { expectSame } from '../expect-same.js'
import { swellingNoise as noise } from '../voice-signals.js'

const mel = melPresets['nvidia-22k']

function project(waveform: Float32Array, wanted: ReturnType<typeof logMel>, strength = 1): Float32Array {
  const projection = new MelProjection(mel, strength)
  projection.want(wanted)
  const first = projection.push(waveform)
  return Float32Array.from([...first, ...projection.flush()])
}

function meanDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length
}

describe('MelProjection', () => {
  it('leaves a waveform alone that has the wanted mel', () => {
    const waveform = noise(20 * 256, 1)
    const same = project(waveform, logMel(waveform, mel))
    expect(same).toHaveLength(waveform.length)
    // Float32 samples below 0.1.
    expect(Math.max(...same.map((value, n) => Math.abs(value - waveform[n]!)))).toBeLessThan(1e-6)
  })

  it('brings each pass nearer to another mel, and keeps what the mel does not see', () => {
    const wanted = logMel(noise(60 * 256, 2, 1), mel)
    const waveform = noise(60 * 256, 3)
    const distances = [waveform, project(waveform, wanted, 1.5)].map((x) => logMel(x, mel))
    const twice = logMel(project(project(waveform, wanted, 1.5), wanted, 1.2), mel)
    const [before, once] = distances.map((x) => meanDifference(x.data, wanted.data)) as [number, number]
    const after = meanDifference(twice.data, wanted.data)
    expect(once).toBeLessThan(0.6 * before)
    expect(after).toBeLessThan(0.8 * once)

    const high = Float32Array.from({ length: 60 * 256 }, (_, n) => 0.1 * Math.sin(2 * Math.PI * 0.45 * n))
    const projected = project(high, wanted)
    // Beyond the edges of the bands only the window's side lobes move.
    expect(meanDifference(projected.subarray(1024, -1024), high.subarray(1024, -1024))).toBeLessThan(1e-3)
  })

  it('makes quiet in one pass what is a thousand times too loud, also above the bands', () => {
    const wanted = logMel(noise(40 * 256, 2), mel)
    const loud = noise(40 * 256, 3).map((value) => 1000 * value)
    const projected = project(loud, wanted)
    const rms = (x: Float32Array) => Math.sqrt(x.reduce((sum, value) => sum + value * value, 0) / x.length)
    expect(rms(projected)).toBeLessThan(3 * rms(noise(40 * 256, 2)))
  })

  it('gives the same samples for any chunking, at most `latency` behind', () => {
    const wanted = logMel(noise(40 * 256, 2, 1), mel)
    const waveform = noise(40 * 256, 3)
    const whole = project(waveform, wanted)
    const random = new RandomStream(7, 7)
    for (let run = 0; run < 10; run++) {
      const projection = new MelProjection(mel)
      projection.want(wanted)
      const samples: number[] = []
      for (let at = 0; at < waveform.length; ) {
        const count = 1 + random.integer(900)
        samples.push(...projection.push(waveform.subarray(at, at + count)))
        at = Math.min(at + count, waveform.length)
        expect(at - samples.length).toBeLessThanOrEqual(projection.latency + mel.hopLength - 1)
      }
      samples.push(...projection.flush())
      expectSame(Float32Array.from(samples), whole)
    }
  })

  it('starts anew after a flush', () => {
    const projection = new MelProjection(mel)
    const waveform = noise(10 * 256, 3)
    const wanted = logMel(noise(10 * 256, 4, 1), mel)
    const run = () => {
      projection.want(wanted)
      return [...projection.push(waveform), ...projection.flush()]
    }
    expect(run()).toEqual(run())
    expect(projection.flush()).toHaveLength(0)
  })

  it.each([1, 100, 256, 700])('keeps the length of %i samples', (length) => {
    expect(project(noise(length, 5), logMel(noise(2560, 6), mel))).toHaveLength(length)
  })

  it('has a graph that gives the same samples where all frames lie inside', async () => {
    const [batch, frames, overlap] = [2, 12, 3]
    const waveforms = [noise(24 * 256, 8), noise(24 * 256, 9)]
    const targets = [10, 11].map((seed) => logMel(noise(24 * 256, seed, 1), mel))
    const engine = await createModelEngine()
    const graph = await engine.compile(
      ({ blocks, wanted }) => ({ y: projectBlocks(blocks as tf.Tensor3D, wanted as tf.Tensor3D, mel, 1.5) }),
      { blocks: [batch, frames + overlap, 256], wanted: [batch, frames, 80] },
      { name: 'projection' },
    )
    // Frame 4 starts at sample 4 · 256 − 384.
    const blocks = waveforms.map((x) => [...x.subarray(640, 640 + (frames + overlap) * 256)])
    const wanted = targets.map(({ data }) => [...data.subarray(4 * 80, (4 + frames) * 80)])
    const { y } = await graph.run({
      blocks: Float32Array.from(blocks.flat()),
      wanted: Float32Array.from(wanted.flat()),
    })
    await graph.dispose()
    waveforms.forEach((waveform, item) => {
      const whole = project(waveform, targets[item]!, 1.5)
      for (let n = overlap * 256; n < frames * 256; n++) {
        // Float32 transforms of 1,024 samples below 0.3.
        expect(Math.abs(y![item * (frames + overlap) * 256 + n]! - whole[640 + n]!)).toBeLessThan(2e-5)
      }
    })
  })
})
