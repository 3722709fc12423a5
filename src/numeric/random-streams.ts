/**
 * Streams of the counter-based generator, see `RandomStream`: draws for two ends never come from one. Each is a range of
 * numbers, [first, last]. Results depend on them: a new end takes free numbers, and a value that is there stays. Initial
 * weights draw from streams that the hash of their name chooses.
 */
export const randomStreams = {
  /** What draws with a seed of its own: latents of a voice, damaged mels, phases of Griffin-Lim, the bootstrap. */
  ownSeed: [0, 0],
  /** What `glowcast bench` speaks. */
  benchMel: [1, 1],
  /** Crops that validate, downwards from the last. */
  validationCrops: [0x0f000000, 0x0fffffff],
  trainingCrops: [0x10000000, 0x1fffffff],
  trainingNoise: [0x20000000, 0x2fffffff],
  dequantisation: [0x30000000, 0x30000000],
  /** Between scores that are equal. */
  ties: [0x30000001, 0x30000001],
  /** Which recordings say what is normal. */
  heldOut: [0x30000002, 0x30000002],
  /** On the patches of a content model. */
  patchDither: [0x30000003, 0x30000003],
  patchChoice: [0x30000004, 0x3fffffff],
  patchNoise: [0x40000000, 0x4fffffff],
  pitchCrops: [0x50000000, 0x5fffffff],
  /** Spreads a p-value over its rank in the drift test. */
  driftRanks: [0x60000000, 0x60000000],
} as const satisfies Readonly<Record<string, readonly [first: number, last: number]>>
