import type { RandomStream } from '../../numeric/random.js'

/** Blurs a log-mel [frames, melBands] in place with weights ¼, ½, ¼ along time or frequency; edges stay. */
export function blurMel(mel: Float32Array, melBands: number, along: 'time' | 'frequency'): void {
  const stride = along === 'time' ? melBands : 1
  const source = mel.slice()
  for (let i = 0; i < mel.length; i++) {
    const band = i % melBands
    const inside = along === 'time' ? i >= stride && i < mel.length - stride : band > 0 && band < melBands - 1
    if (inside) mel[i] = 0.25 * source[i - stride]! + 0.5 * source[i]! + 0.25 * source[i + stride]!
  }
}

/** Adds normal noise of this deviation, in nats, in place. */
export function addMelNoise(mel: Float32Array, deviation: number, random: RandomStream): void {
  for (let i = 0; i < mel.length; i++) mel[i] = mel[i]! + deviation * random.normal()
}

/** Adds a gain in nats, in place: another level of the same sound. */
export function shiftMel(mel: Float32Array, nats: number): void {
  for (let i = 0; i < mel.length; i++) mel[i] = mel[i]! + nats
}
