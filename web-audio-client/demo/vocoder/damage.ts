/** Faults that production audio has, strong enough to be heard. */
export const damages = ['click', 'dropout', 'hum'] as const
export type Damage = (typeof damages)[number]

/** Clicks and dropouts: one in each third. */
const count = 3
/** A click's few samples at 22,050 Hz: what a bad splice or a lost word clock leaves. */
const clickShape = [1, -0.8, 0.45, -0.2]
const clickSize = 0.7
const dropoutSeconds = 0.06
/** Mains hum: 50 Hz with odd and even harmonics. */
const humHertz = 50
const humHarmonics = [1, 0.5, 0.6, 0.25, 0.35, 0.15, 0.2]
const humSize = 0.03

/**
 * A damaged copy.
 *
 * @param samples in -1 to 1
 * @param sampleRate Hz
 */
export function damage(samples: Float32Array, sampleRate: number, kind: Damage): Float32Array {
  const damaged = samples.slice()
  if (kind === 'hum') addHum(damaged, sampleRate)
  else if (kind === 'click') addClicks(damaged)
  else addDropouts(damaged, Math.round(dropoutSeconds * sampleRate))
  return damaged
}

function addClicks(samples: Float32Array): void {
  for (let i = 0; i < count; i++) {
    const at = Math.floor(((i + 0.5) * samples.length) / count)
    for (const [k, value] of clickShape.entries()) {
      if (at + k < samples.length) samples[at + k] = bounded(samples[at + k]! + clickSize * value)
    }
  }
}

/** Where it is loudest: a dropout in a pause is none. */
function addDropouts(samples: Float32Array, length: number): void {
  for (let i = 0; i < count; i++) {
    const from = Math.floor((i * samples.length) / count)
    const to = Math.floor(((i + 1) * samples.length) / count)
    let loudest = 0
    let at = from
    for (let start = from; start + length <= to; start += length) {
      const energy = samples.subarray(start, start + length).reduce((sum, value) => sum + value * value, 0)
      if (energy <= loudest) continue
      loudest = energy
      at = start
    }
    samples.fill(0, at, Math.min(at + length, to))
  }
}

function addHum(samples: Float32Array, sampleRate: number): void {
  for (let i = 0; i < samples.length; i++) {
    const phase = (2 * Math.PI * humHertz * i) / sampleRate
    const hum = humHarmonics.reduce((sum, size, k) => sum + size * Math.sin((k + 1) * phase), 0)
    samples[i] = bounded(samples[i]! + humSize * hum)
  }
}

function bounded(value: number): number {
  return Math.max(-1, Math.min(1, value))
}
