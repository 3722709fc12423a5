import { fillNormal } from '../../src/numeric/random.js'

export const sampleRate = 22_050

/** White Gaussian noise. */
export function noise(samples: number, seed: number, deviation = 0.1): Float32Array {
  const waveform = new Float32Array(samples)
  fillNormal(waveform, seed, 0, 0)
  return waveform.map((value) => deviation * value)
}

/** A voiced sound: 20 harmonics that fall by 6 dB an octave. */
export function harmonics(samples: number, f0Hz: number, amplitude = 0.05): Float32Array {
  return Float32Array.from({ length: samples }, (_, i) => {
    let sum = 0
    for (let k = 1; k <= 20; k++) sum += Math.cos((2 * Math.PI * k * f0Hz * i) / sampleRate + k * k) / k
    return amplitude * sum
  })
}

export function sine(samples: number, frequencyHz: number, amplitude: number): Float32Array {
  return Float32Array.from(
    { length: samples },
    (_, i) => amplitude * Math.sin((2 * Math.PI * frequencyHz * i) / sampleRate),
  )
}

export function gain(waveform: Float32Array, factor: number): Float32Array {
  return waveform.map((value) => factor * value)
}

export function sum(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((value, i) => value + b[i]!)
}
