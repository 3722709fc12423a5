import { eventAt, type SoundEvent } from './spans.js'

/** What lies closer to the extreme than this is on it: a step of 16 bits. */
const tolerance = 1.01 / 32768

/** Flat tops closer than this are one place: peaks of a voice that is too loud throughout. */
const joinSeconds = 0.02

/**
 * Where samples lie in runs of two or more at the largest or at the smallest value of the waveform. Unlike `ClipCounter`
 * this counts pairs: clipping that touches only the highest peaks leaves little more. Each place is as strong as all
 * together: the number of samples in such runs.
 */
export function flatTops(waveform: Float32Array, sampleRate: number): SoundEvent[] {
  let [low, high] = [0, 0]
  for (const sample of waveform) {
    if (sample > high) high = sample
    if (sample < low) low = sample
  }
  const runs = [...runsAt(waveform, high, 1), ...runsAt(waveform, -low, -1)].sort((a, b) => a.start - b.start)
  const count = runs.reduce((sum, { start, end }) => sum + end - start, 0)
  const joined: Run[] = []
  for (const { start, end } of runs) {
    const last = joined.at(-1)
    if (last !== undefined && start - last.end < joinSeconds * sampleRate) last.end = end
    else joined.push({ start, end })
  }
  return joined.map(({ start, end }) => eventAt(start, end, sampleRate, count))
}

interface Run {
  start: number
  end: number
}

function runsAt(waveform: Float32Array, top: number, sign: 1 | -1): Run[] {
  if (top === 0) return []
  const runs: Run[] = []
  let start = -1
  for (let i = 0; i <= waveform.length; i++) {
    const isOn = i < waveform.length && sign * waveform[i]! >= top - tolerance
    if (isOn && start < 0) start = i
    if (isOn || start < 0) continue
    if (i - start > 1) runs.push({ start, end: i })
    start = -1
  }
  return runs
}
