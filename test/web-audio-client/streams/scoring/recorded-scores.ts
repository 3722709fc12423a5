import { expect } from 'vitest'
import type { ScoreEvent } from '../../../../web-audio-client/streams/scoring/receive-queue.js'
import type { ScoringStream } from '../../../../web-audio-client/streams/scoring/stream.js'
import { framesPerBlock, samplesPerFrame } from '../../scripted-scoring.js'

/** Samples that tell their place, as 16 bits hold them exactly. */
export const recording = (count: number) => Int16Array.from({ length: count }, (_, i) => (i % 30_000) + 1)
export const surprisalOf = (samples: Int16Array) =>
  Array.from(
    { length: Math.floor(samples.length / samplesPerFrame) },
    (_, i) => samples[i * samplesPerFrame]! / 32768,
  )

export async function collect(stream: ScoringStream): Promise<ScoreEvent[]> {
  const events: ScoreEvent[] = []
  for await (const event of stream) events.push(event)
  return events
}

/** What came: every frame once and in order, every block and every drift once. */
export function summary(events: readonly ScoreEvent[]) {
  const surprise: number[] = []
  const blocks: number[] = []
  const tests: number[] = []
  for (const event of events) {
    if (event.type === 'block') blocks.push(event.block)
    else if (event.type === 'drift') tests.push(event.tests)
    else {
      expect(event.frame).toBe(surprise.length)
      expect(event.startSeconds).toBeCloseTo(event.frame * 0.0005)
      expect(event.natsPerSample).toHaveLength(event.surprise.length)
      expect(event.levelDb).toHaveLength(event.surprise.length)
      expect(event.bandSurprise).toEqual(event.surprise.flatMap((value) => [value, -value]))
      surprise.push(...event.surprise)
    }
  }
  return { surprise, blocks, tests }
}

export function wholeSummary(samples: Int16Array) {
  const blocks = Math.floor(samples.length / samplesPerFrame / framesPerBlock)
  return {
    surprise: surprisalOf(samples),
    blocks: Array.from({ length: blocks }, (_, i) => i),
    tests: Array.from({ length: blocks }, (_, i) => i + 1),
  }
}
