import { describe, expect, it } from 'vitest'
import { GlowcastError } from '../../../src/errors.js'
import { Checkpoint } from '../../../src/models/pytorch/checkpoint.js'
import { bytesSource } from '../../../src/models/pytorch/file-source.js'
import { PickleDict, PickleTensor } from '../../../src/models/pytorch/pickle/values.js'
import { readWeights, waveglowOf } from '../../../src/models/waveglow/import/import.js'
import { RandomStream } from '../../../src/numeric/random.js'
import { checkpointBytes } from '../waveglow/import/fixtures.js'
import { zipCheckpoint } from './pickle-bytes.js'

/** Bytes that mean something in a pickle or a zip archive, and the extremes. */
const meaningful = Buffer.from(
  '(.0}])tsaubRcQXJKMNqrhj\x80\x81\x85\x86\x87\x88\x8a\x93\x94\xff\x00\x7f',
  'latin1',
)

/** A copy with some bytes changed, a piece doubled, moved or taken out, or the end cut off. */
function mutated(bytes: Uint8Array, random: RandomStream, reach = bytes.length): Uint8Array {
  const copy = Buffer.from(bytes)
  const at = () => random.integer(reach)
  const kind = random.integer(6)
  if (kind === 0) return copy.subarray(0, at())
  if (kind === 1) {
    const [start, length] = [at(), 1 + random.integer(40)]
    return Buffer.concat([copy.subarray(0, start), copy.subarray(start + length)])
  }
  if (kind === 2) {
    const [start, length, target] = [at(), 1 + random.integer(40), at()]
    return Buffer.concat([
      copy.subarray(0, target),
      copy.subarray(start, start + length),
      copy.subarray(target),
    ])
  }
  for (let changes = 1 + random.integer(4); changes > 0; changes--) {
    copy[at()] = kind === 3 ? random.integer(256) : meaningful[random.integer(meaningful.length)]!
  }
  return copy
}

/** Opens the bytes and reads every tensor; whatever is thrown must be an error of ours. */
async function outcome(bytes: Uint8Array): Promise<'read' | 'refused'> {
  try {
    const checkpoint = await Checkpoint.from(bytesSource(bytes))
    const root = checkpoint.value instanceof PickleDict ? checkpoint.value.entries : new Map()
    for (const value of root.values()) if (value instanceof PickleTensor) await checkpoint.read(value)
    return 'read'
  } catch (error) {
    if (!(error instanceof GlowcastError)) throw error
    expect(error.message.length).toBeLessThan(1000)
    return 'refused'
  }
}

describe('a checkpoint that was tampered with', () => {
  it.each(['tensors', 'tensors-legacy'])(
    'is read or refused with one error: %s',
    { timeout: 30_000 },
    async (name) => {
      const bytes = await checkpointBytes(name)
      const random = new RandomStream(11, 1)
      const counts = { read: 0, refused: 0 }
      const before = process.memoryUsage().rss
      for (let run = 0; run < 3000; run++) counts[await outcome(mutated(bytes, random))] += 1
      expect(counts.refused).toBeGreaterThan(500)
      expect(counts.read).toBeGreaterThan(50)
      // The largest thing that a file of a few kilobytes may make is far below this; garbage is most of it.
      expect(process.memoryUsage().rss - before).toBeLessThan(400e6)
    },
  )

  it('is refused whole when any of its bytes are missing at the end', async () => {
    for (const name of ['tensors', 'tensors-legacy']) {
      const bytes = await checkpointBytes(name)
      for (let length = 0; length < bytes.length; length += 7) {
        expect(await outcome(bytes.subarray(0, length)), `${name}, ${length} bytes`).toBe('refused')
      }
    }
  })

  it('is refused though the archive around its pickle is sound', { timeout: 30_000 }, async () => {
    const legacy = await checkpointBytes('tensors-legacy')
    const random = new RandomStream(12, 1)
    let refused = 0
    for (let run = 0; run < 3000; run++) {
      if ((await outcome(zipCheckpoint(mutated(legacy.subarray(100), random)))) === 'refused') refused += 1
    }
    expect(refused).toBeGreaterThan(1000)
  })

  it('gives a model or one error', { timeout: 30_000 }, async () => {
    const bytes = await checkpointBytes('squeezewave-folded-legacy')
    const random = new RandomStream(13, 1)
    const counts = { imported: 0, refused: 0 }
    for (let run = 0; run < 100; run++) {
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
    expect(counts.refused).toBeGreaterThan(30)
  })
})
