/**
 * Counter-based random numbers: the value at an index depends on the seed and the index alone, so that
 * chunking, resuming and parallel reading cannot change it.
 *
 * The generator is the 32-bit finaliser of MurmurHash3 applied twice with a keyed counter: enough for
 * synthesis noise and for shuffling, not for secrets.
 */
function mix(value: number): number {
  let h = value | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

/** What the bits of all indices with the upper half `high` share. */
function keyOf(seed: number, stream: number, high: number): number {
  return mix((seed | 0) ^ mix((stream | 0) + 0x9e3779b9 + Math.imul(high, 0x632be59b)))
}

/** The key of an index, for kernels that draw the bits themselves. */
export function normalKey(seed: number, stream: number, index: number): number {
  return keyOf(seed, stream, Math.floor(index / 4294967296))
}

function bitsAt(key: number, low: number): number {
  return mix(mix((low | 0) + key) ^ Math.imul(key, 0x27d4eb2f)) >>> 0
}

/** Uniform in the open interval (0, 1). */
function uniformOf(bits: number): number {
  return (bits + 0.5) / 4294967296
}

/** Uniform in the open interval (0, 1) for (seed, stream, index); `index` may exceed 2^32. */
export function uniformAt(seed: number, stream: number, index: number): number {
  return uniformOf(bitsAt(keyOf(seed, stream, Math.floor(index / 4294967296)), index))
}

/** `uniformAt` for the indices `start … start + target.length - 1`, at a fraction of its cost. */
export function fillUniform(target: Float64Array, seed: number, stream: number, start: number): void {
  let high = Math.floor(start / 4294967296)
  let key = keyOf(seed, stream, high)
  for (let position = 0; position < target.length; position++) {
    const index = start + position
    if (index >= (high + 1) * 4294967296) {
      high += 1
      key = keyOf(seed, stream, high)
    }
    target[position] = uniformOf(bitsAt(key, index))
  }
}

/**
 * Standard normal values for the indices `start … start + target.length - 1` (Box–Muller on index pairs).
 */
export function fillNormal(target: Float32Array, seed: number, stream: number, start: number): void {
  let high = Math.floor(start / 4294967296)
  let key = keyOf(seed, stream, high)
  let position = 0
  while (position < target.length) {
    const index = start + position
    const pair = index - (index % 2)
    if (Math.floor(pair / 4294967296) !== high) {
      high = Math.floor(pair / 4294967296)
      key = keyOf(seed, stream, high)
    }
    const radius = Math.sqrt(-2 * Math.log(uniformOf(bitsAt(key, pair))))
    const angle = 2 * Math.PI * uniformOf(bitsAt(key, pair + 1))
    if (index === pair) {
      target[position++] = radius * Math.cos(angle)
      if (position < target.length) target[position++] = radius * Math.sin(angle)
    } else {
      target[position++] = radius * Math.sin(angle)
    }
  }
}

/** A sequential view on the counter-based generator, for initial weights and sampling of crops. */
export class RandomStream {
  private index = 0
  private key = 0

  constructor(
    private readonly seed: number,
    private readonly stream: number,
  ) {}

  uniform(): number {
    const index = this.index++
    if (index % 4294967296 === 0) this.key = keyOf(this.seed, this.stream, index / 4294967296)
    return uniformOf(bitsAt(this.key, index))
  }

  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(this.uniform()))
    return radius * Math.cos(2 * Math.PI * this.uniform())
  }

  /** Uniform integer in 0 … count - 1. */
  integer(count: number): number {
    return Math.min(count - 1, Math.floor(this.uniform() * count))
  }
}
