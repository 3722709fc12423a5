import { describe, expect, it } from 'vitest'
import { LevelMatch } from '../../../../web-audio-client/demo/sound/level-match.js'
import { GrowingSignal } from '../../../../web-audio-client/demo/sound/signal.js'

const sampleRate = 22_050

function tone(amplitude: number, seconds = 2): GrowingSignal {
  const signal = new GrowingSignal(sampleRate)
  signal.append(
    Float32Array.from(
      { length: seconds * sampleRate },
      (_, i) => amplitude * Math.sin((2 * Math.PI * 997 * i) / sampleRate),
    ),
  )
  signal.finish()
  return signal
}

function gainOf(original: GrowingSignal, result: GrowingSignal): number {
  const match = new LevelMatch(original, result)
  for (let i = 0; match.gain === undefined && i < 20; i++) match.measure()
  return match.gain!
}

describe('The gain that makes the original as loud as the resynthesis', () => {
  it.each([
    ['turns down what is louder', tone(0.4), tone(0.1), 0.25],
    ['turns up what is quieter', tone(0.1), tone(0.2), 2],
    ['stops short of clipping', tone(0.8), tone(0.8 * 2), 1.25],
    ['is 1 where there is no loudness', tone(0), tone(0.2), 1],
    ['is 1 for less than a loudness needs', tone(0.1, 0.2), tone(0.2, 0.2), 1],
    ['is measured bit by bit of what is long', tone(0.2, 12), tone(0.1, 12), 0.5],
  ])('%s', (_, original, result, gain) => {
    expect(gainOf(original, result)).toBeCloseTo(gain, 3)
  })

  it('is unknown until both are there', () => {
    const result = new GrowingSignal(sampleRate)
    const match = new LevelMatch(tone(0.1), result)
    match.measure()
    expect(match.gain).toBeUndefined()
  })
})
