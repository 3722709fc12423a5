import { RandomStream } from '../../src/numeric/random.js'
import { contentNormalOf } from '../../src/scoring/novelty/training/train.js'
import { mutated, refusalOf } from '../models/pytorch/tampered.js'
import { checkpointBytes } from '../models/waveglow/import/fixtures.js'
import { noise } from '../scoring/signals.js'

export interface MemoryRow {
  readonly task: string
  readonly grownMb: number
  readonly maxMb: number
}

/**
 * What tasks hold that once held far more.
 *
 * @throws Error where a task is out of its bound
 */
export async function memory(): Promise<MemoryRow[]> {
  const rows = [
    // The largest thing that a file of a few kilobytes may make is far below this; garbage is most of it.
    await row('3000 checkpoints that were tampered with', 'rss', 400, openTampered),
    // A table of 400 profiles is 0.4 MB; one for each recording would be 154 MB.
    await row('known profiles of 400 recordings', 'arrayBuffers', 50, knownProfiles),
  ]
  for (const { task, grownMb, maxMb } of rows) {
    if (grownMb > maxMb) throw new Error(`${task}: got ${grownMb} MB more, expected at most ${maxMb} MB`)
  }
  return rows
}

async function openTampered(): Promise<void> {
  const bytes = await checkpointBytes('tensors')
  const random = new RandomStream(11, 1)
  for (let run = 0; run < 3000; run++) await refusalOf(mutated(bytes, random))
}

function knownProfiles(): void {
  const normal = Array.from({ length: 400 }, (_, i) => {
    const data = noise(2 * 80, 1, i)
    return { hash: String(i), segments: [{ patches: { data, frames: 2, channels: 80 }, seconds: 1 }] }
  })
  const statistics = normal.map(({ segments }) => ({
    profile: new Float32Array(240).fill(segments[0]!.patches.data[0]!),
    latentMeans: 0.01,
    latentVariances: 0.01,
  }))
  contentNormalOf({ normal, background: [], negatives: [] }, statistics)
}

async function row(
  task: string,
  kind: 'rss' | 'arrayBuffers',
  maxMb: number,
  run: () => void | Promise<void>,
): Promise<MemoryRow> {
  const before = process.memoryUsage()[kind]
  await run()
  return { task, grownMb: Math.round((process.memoryUsage()[kind] - before) / 1e6), maxMb }
}
