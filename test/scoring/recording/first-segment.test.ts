import { expect, it } from 'vitest'
import { decodedSource } from '../../../src/audio/files/audio-source.js'
import { firstSegmentOf, readRecording } from '../../../src/scoring/recording/recording.js'
import { noise } from '../signals.js'

it('the first segment of a recording leaves no reading open', async () => {
  const sampleRate = 22_050
  const source = decodedSource({ sampleRate, channels: [noise(sampleRate, 0.1)] })
  let open = 0
  async function* blocks() {
    open += 1
    try {
      yield* source.blocks()
    } finally {
      open -= 1
    }
  }
  const recording = await readRecording({ ...source, blocks }, 'a')
  expect((await firstSegmentOf(recording, sampleRate)).samples).toHaveLength(sampleRate)
  expect(open).toBe(0)
})
