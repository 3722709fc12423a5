import { GlowcastError } from '../../../src/errors.js'
import { Checkpoint } from '../../../src/models/pytorch/checkpoint.js'
import { PickleDict, PickleTensor } from '../../../src/models/pytorch/pickle/values.js'
import type { RandomStream } from '../../../src/numeric/random.js'
import { bytesSource } from '../../io/bytes-source.js'

/** Bytes that mean something in a pickle or a zip archive, and the extremes. */
const meaningful = Buffer.from(
  '(.0}])tsaubRcQXJKMNqrhj\x80\x81\x85\x86\x87\x88\x8a\x93\x94\xff\x00\x7f',
  'latin1',
)

/** A copy with some bytes changed, a piece doubled, moved or taken out, or the end cut off. */
export function mutated(bytes: Uint8Array, random: RandomStream, reach = bytes.length): Uint8Array {
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

/** Opens the bytes and reads every tensor. @returns why they are refused; whatever else is thrown is a mistake of ours */
export async function refusalOf(bytes: Uint8Array): Promise<GlowcastError | undefined> {
  try {
    const checkpoint = await Checkpoint.from(bytesSource(bytes))
    const root = checkpoint.value instanceof PickleDict ? checkpoint.value.entries : new Map()
    for (const value of root.values()) if (value instanceof PickleTensor) await checkpoint.read(value)
    return undefined
  } catch (error) {
    if (error instanceof GlowcastError) return error
    throw error
  }
}
