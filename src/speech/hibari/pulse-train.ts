/** Below it a frame is unvoiced, Hz. */
export const voicedHz = 40
const highestHz = 11_000

/**
 * Cosines of F0 and all its harmonics up to 11 kHz, each of amplitude 1, in closed form (Dirichlet's kernel). F0 runs straight
 * from the middle of one frame to that of the next; a sample with less than 40 Hz is silent.
 *
 * @param f0Hz of each frame
 * @returns [frames * hopLength]
 */
export function pulseTrain(f0Hz: ArrayLike<number>, hopLength: number, sampleRate: number): Float32Array {
  const frames = f0Hz.length
  const result = new Float32Array(frames * hopLength)
  let cycles = 0
  for (let n = 0; n < result.length; n++) {
    const at = Math.min(frames - 1, Math.max(0, (n + 0.5) / hopLength - 0.5))
    const before = Math.floor(at)
    const share = at - before
    const hz = (1 - share) * f0Hz[before]! + share * f0Hz[Math.min(frames - 1, before + 1)]!
    cycles = (cycles + Math.max(hz, voicedHz) / sampleRate) % 1
    if (hz > voicedHz) result[n] = harmonicSum(2 * Math.PI * cycles, Math.floor(highestHz / hz))
  }
  return result
}

/** cos(t) + cos(2t) + … + cos(count * t) */
function harmonicSum(t: number, count: number): number {
  const half = Math.sin(t / 2)
  if (Math.abs(half) < 1e-3) return count
  return Math.sin((count + 0.5) * t) / (2 * half) - 0.5
}
