/** Below it a frame is unvoiced, Hz. */
export const voicedHz = 40
const highestHz = 11_000

/**
 * Cosines of F0 and all its harmonics up to 11 kHz, each of amplitude 1, in closed form (Dirichlet's kernel). F0 runs straight
 * from the middle of one frame to that of the next; a sample with less than 40 Hz is silent.
 */
export class PulseTrain {
  /** [frames * hopLength]; 0 where it is not made yet. */
  readonly samples: Float32Array
  private made = 0
  private cycles = 0

  /** @param f0Hz of each frame */
  constructor(
    private readonly f0Hz: ArrayLike<number>,
    private readonly hopLength: number,
    private readonly sampleRate: number,
  ) {
    this.samples = new Float32Array(f0Hz.length * hopLength)
  }

  /** Makes the samples before `end`, as far as there are any. */
  makeUntil(end: number): void {
    const { f0Hz, hopLength, sampleRate, samples } = this
    const last = f0Hz.length - 1
    const stop = Math.min(end, samples.length)
    for (let n = this.made; n < stop; n++) {
      const at = Math.min(last, Math.max(0, (n + 0.5) / hopLength - 0.5))
      const before = Math.floor(at)
      const share = at - before
      const hz = (1 - share) * f0Hz[before]! + share * f0Hz[Math.min(last, before + 1)]!
      this.cycles = (this.cycles + Math.max(hz, voicedHz) / sampleRate) % 1
      if (hz > voicedHz) samples[n] = harmonicSum(2 * Math.PI * this.cycles, Math.floor(highestHz / hz))
    }
    this.made = Math.max(this.made, stop)
  }
}

/** cos(t) + cos(2t) + … + cos(count * t) */
function harmonicSum(t: number, count: number): number {
  const half = Math.sin(t / 2)
  if (Math.abs(half) < 1e-3) return count
  return Math.sin((count + 0.5) * t) / (2 * half) - 0.5
}
