import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadMono, removeDc } from '../../../src/audio/files/audio-file.js'
import { createEngine } from '../../../src/engine/index.js'
import type { Latents } from '../../../src/likelihood/likelihood.js'
import { loadGlowcastModel } from '../../../src/models/load-model.js'
import { bundledModel } from '../../../src/package-root.js'
import { minHeardFrames, withMirroredEnds } from '../../../src/scoring/recording/mirrored-ends.js'
import { RecordingMeter } from '../../../src/scoring/texture/reference/meter.js'

const hop = 4
const least = minHeardFrames * hop
const counting = Float32Array.from({ length: 200 }, (_, i) => i)
const segmentOf = (samples: Float32Array, lead: number, behind: number) => ({
  samples,
  startSeconds: 3,
  margins: { lead, behind },
})

describe('withMirroredEnds', () => {
  it('puts what is at the ends there in reverse', () => {
    const { samples, startSeconds, margins } = withMirroredEnds(segmentOf(counting, 0, 0), hop)
    expect(startSeconds).toBe(3)
    expect(margins).toEqual({ lead: least, behind: least })
    expect(samples).toHaveLength(200 + 2 * least)
    expect([...samples.subarray(least - 3, least + 2)]).toEqual([2, 1, 0, 0, 1])
    expect([...samples.subarray(least + 198, least + 203)]).toEqual([198, 199, 199, 198, 197])
  })

  it('adds only what is not heard already', () => {
    const some = withMirroredEnds(segmentOf(counting, 10, least), hop)
    expect(some.margins).toEqual({ lead: least, behind: least })
    expect(some.samples).toHaveLength(200 + least - 10)
    const enough = segmentOf(counting, least, least + 1)
    expect(withMirroredEnds(enough, hop)).toBe(enough)
  })

  it('repeats the last sample where a recording is shorter than what is wanted', () => {
    const { samples } = withMirroredEnds(segmentOf(counting.subarray(0, 2), 0, 0), hop)
    expect(samples[0]).toBe(1)
    expect(samples.at(-1)).toBe(0)
  })
})

describe('a recording that was cut within speech', () => {
  let meter: RecordingMeter
  let speech: Float32Array
  beforeAll(async () => {
    const engine = await createEngine('onnx', { threads: 1 })
    meter = await RecordingMeter.create(engine, await loadGlowcastModel(bundledModel), { chunkFrames: 64 })
    speech = removeDc(await loadMono('test/fixtures/audio/speech.flac', meter.sampleRate))
  })
  afterAll(() => meter.dispose())

  /** Mean z² of the first mel frames. */
  function firstSquares({ values, groupSize, groupsPerFrame }: Latents, frames: number): number {
    const first = values.subarray(0, frames * groupsPerFrame * groupSize)
    return first.reduce((sum, z) => sum + z * z, 0) / first.length
  }

  it('is as likely at its ends as it is within the whole, and is scored to its last sample', async () => {
    // The loudest place of the middle of the phrase, at a frame's start.
    let start = 0
    for (let at = Math.floor(speech.length / 4); at < speech.length / 2; at++) {
      if (Math.abs(speech[at]!) > Math.abs(speech[start]!)) start = at
    }
    start -= start % meter.hopLength
    const piece = speech.subarray(start, start + meter.sampleRate)
    const behind = speech.length - start - piece.length
    const cut = await meter.measure(segmentOf(piece, 0, 0))
    const within = await meter.measure(segmentOf(speech, start, behind))
    const alone = await meter.likelihood.latents(piece)
    expect(cut.measurement.seconds).toBe(1)
    expect(cut.latents.groups).toBe(within.latents.groups)
    const expected = firstSquares(within.latents, 4)
    expect(firstSquares(cut.latents, 4)).toBeLessThan(2 * expected)
    expect(firstSquares(alone, 4)).toBeGreaterThan(4 * expected)
  })
})
