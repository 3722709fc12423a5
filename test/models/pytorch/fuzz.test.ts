import { describe, expect, it } from 'vitest'
import { GlowcastError } from '../../../src/errors.js'
import { Checkpoint } from '../../../src/models/pytorch/checkpoint.js'
import { readWeights, waveglowOf } from '../../../src/models/waveglow/import/import.js'
import { RandomStream } from '../../../src/numeric/random.js'
import { bytesSource } from '../../io/bytes-source.js'
import { checkpointBytes } from '../waveglow/import/fixtures.js'
import { zipCheckpoint } from './pickle-bytes.js'
import { mutated, refusalOf } from './tampered.js'

async function outcome(bytes: Uint8Array): Promise<'read' | 'refused'> {
  const refusal = await refusalOf(bytes)
  if (refusal === undefined) return 'read'
  expect(refusal.message.length).toBeLessThan(1000)
  return 'refused'
}

describe('a checkpoint that was tampered with', () => {
  it.each(['tensors', 'tensors-legacy'])('is read or refused with one error: %s', async (name) => {
    const bytes = await checkpointBytes(name)
    const random = new RandomStream(11, 1)
    const counts = { read: 0, refused: 0 }
    for (let run = 0; run < 1000; run++) counts[await outcome(mutated(bytes, random))] += 1
    expect(counts.refused).toBeGreaterThan(170)
    expect(counts.read).toBeGreaterThan(17)
  })

  it('is refused whole when any of its bytes are missing at the end', async () => {
    for (const name of ['tensors', 'tensors-legacy']) {
      const bytes = await checkpointBytes(name)
      for (let length = 0; length < bytes.length; length += 7) {
        expect(await outcome(bytes.subarray(0, length)), `${name}, ${length} bytes`).toBe('refused')
      }
    }
  })

  it('is refused though the archive around its pickle is sound', async () => {
    const legacy = await checkpointBytes('tensors-legacy')
    const random = new RandomStream(12, 1)
    let refused = 0
    for (let run = 0; run < 1000; run++) {
      if ((await outcome(zipCheckpoint(mutated(legacy.subarray(100), random)))) === 'refused') refused += 1
    }
    expect(refused).toBeGreaterThan(340)
  })

  it('gives a model or one error', async () => {
    const bytes = await checkpointBytes('squeezewave-folded-legacy')
    const random = new RandomStream(13, 1)
    const counts = { imported: 0, refused: 0 }
    for (let run = 0; run < 40; run++) {
      try {
        // The first 8,000 bytes are the pickles.
        const checkpoint = await Checkpoint.from(bytesSource(mutated(bytes, random, 8000)))
        await readWeights((await waveglowOf(checkpoint)).weights)
        counts.imported += 1
      } catch (error) {
        if (!(error instanceof GlowcastError)) throw error
        counts.refused += 1
      }
    }
    expect(counts.refused).toBeGreaterThan(12)
  })
})
