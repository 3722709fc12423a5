import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { playbackState, word, wordCount } from '../../../../web-audio-client/player/worklet/control-block.js'
import { Playback } from '../../../../web-audio-client/player/worklet/playback.js'
import { Ring } from '../../../../web-audio-client/player/worklet/ring.js'

const block = 128
const fade = 100

function makePlayback(capacity = 8192) {
  const ring = new Ring(new ArrayBuffer(Ring.bytes(capacity)), capacity)
  const words = new Int32Array(wordCount)
  const playback = new Playback(ring, words, fade)
  const output: number[] = []
  let frame = 0
  return {
    ring,
    words,
    output,
    render(blocks = 1) {
      for (let i = 0; i < blocks; i++) {
        const samples = new Float32Array(block).fill(Number.NaN)
        playback.render(samples, frame)
        frame += block
        output.push(...samples)
      }
    },
    write(samples: Float32Array, last = false) {
      if (last) words[word.utteranceEnd] = ring.written + samples.length
      expect(ring.write(samples)).toBe(samples.length)
    },
    clear() {
      words[word.clearTo] = ring.written
      words[word.clears]! += 1
    },
  }
}

/** Slow enough that any step of its own is small: what is larger is a click. */
const tone = (length: number, from = 0) =>
  Float32Array.from({ length }, (_, i) => 0.5 * Math.sin((2 * Math.PI * (from + i)) / 2000))
/** The tone's steepest step, and a fade's on top of it. */
const noClick = (0.5 * 2 * Math.PI) / 2000 + 0.5 / fade + 1e-6
const largestStep = (samples: readonly number[]) =>
  samples.slice(1).reduce((most, value, i) => Math.max(most, Math.abs(value - samples[i]!)), 0)

describe('Playback', () => {
  it('plays an utterance unchanged, its last, partial block included, and calls its end no underrun', () => {
    const { write, render, output, words } = makePlayback()
    const samples = tone(5 * block + 37)
    write(samples, true)
    render(8)
    expect(output.slice(0, samples.length)).toEqual([...samples])
    expect(output.slice(samples.length).every((value) => value === 0)).toBe(true)
    expect(words[word.underruns]).toBe(0)
    expect(words[word.state]).toBe(playbackState.waiting)
  })

  it('is silent until the prebuffer is full, and then tells when it started', () => {
    const { write, render, output, words } = makePlayback()
    words[word.prebuffer] = 1000
    write(tone(999))
    render(2)
    expect(output.every((value) => value === 0)).toBe(true)
    write(tone(1, 999))
    render(1)
    expect(output.slice(2 * block)).toEqual([...tone(block)])
    expect(words[word.startFrame]).toBe(2 * block)
    expect(words[word.starts]).toBe(1)
  })

  it('starts at once when the whole utterance is shorter than the prebuffer', () => {
    const { write, render, output, words } = makePlayback()
    words[word.prebuffer] = 1000
    write(tone(50), true)
    render(1)
    expect(output.slice(0, 50)).toEqual([...tone(50)])
  })

  it('fades out when it runs dry, and fades in at the very next sample', () => {
    const { write, render, output, words, ring } = makePlayback()
    write(tone(1000))
    render(12)
    const faded = ring.consumed
    expect(words[word.underruns]).toBe(1)
    expect(output.slice(faded).every((value) => value === 0)).toBe(true)
    expect(output.slice(0, faded - fade)).toEqual([...tone(faded - fade)])
    write(tone(3000 - 1000, 1000), true)
    render(20)
    const start = words[word.startFrame]!
    expect(output.slice(start + fade, start + 3000 - faded)).toEqual([
      ...tone(3000 - faded - fade, faded + fade),
    ])
    expect(Math.abs(output[start]!)).toBe(0)
    // The signal's own end is a step; before it there must be none.
    expect(largestStep(output.slice(0, start + 3000 - faded))).toBeLessThan(noClick)
    expect(words[word.underruns]).toBe(1)
  })

  it('holds and goes on without losing a sample, clears and starts anew, both without a click', () => {
    const { write, render, output, words, clear, ring } = makePlayback()
    write(tone(4000))
    render(3)
    words[word.hold] = 1
    render(4)
    const held = ring.consumed
    words[word.hold] = 0
    render(3)
    expect(words[word.underruns]).toBe(0)
    expect(ring.consumed).toBe(held + 3 * block)
    clear()
    render(3)
    expect(ring.available()).toBe(0)
    expect(words[word.cleared]).toBe(1)
    expect(largestStep(output)).toBeLessThan(noClick)
    const rest = output.length
    write(tone(block), true)
    render(1)
    expect(output.slice(rest)).toEqual([...tone(block)])
  })

  it('drops nothing of an utterance written right after a clear', () => {
    const { write, render, output, clear, ring } = makePlayback()
    write(tone(4000))
    render(2)
    clear()
    const next = Float32Array.from({ length: 500 }, (_, i) => 1 + i)
    write(next, true)
    render(10)
    const at = output.indexOf(1)
    expect(output.slice(at, at + 500)).toEqual([...next])
    expect(ring.available()).toBe(0)
  })

  it('plays on from one utterance to the next without a gap when the next is there', () => {
    const { write, render, output, words } = makePlayback()
    write(tone(500), true)
    write(tone(700, 500), true)
    render(12)
    expect(output.slice(0, 1200)).toEqual([...tone(1200)])
    expect(words[word.underruns]).toBe(0)
  })

  it('plays every sample once, in order and without a click, however the samples come', () => {
    const arrivals = fc.array(fc.record({ samples: fc.nat(600), blocks: fc.nat(6) }), {
      minLength: 1,
      maxLength: 40,
    })
    fc.assert(
      fc.property(arrivals, fc.nat(800), (steps, prebuffer) => {
        const { write, render, output, words, ring } = makePlayback(32_768)
        words[word.prebuffer] = prebuffer
        let written = 0
        for (const [index, { samples, blocks }] of steps.entries()) {
          write(tone(samples, written), index === steps.length - 1)
          written += samples
          render(blocks)
        }
        // Three fades and the rest.
        render(Math.ceil(written / block) + 6)
        expect(ring.available()).toBe(0)
        const heard = output.slice(0, output.findLastIndex((value) => value !== 0) + 1)
        expect(largestStep(heard)).toBeLessThan(noClick)
        if (words[word.underruns] === 0) {
          const start = words[word.startFrame]!
          expect(output.slice(start, start + written)).toEqual([...tone(written)])
        }
      }),
      { seed: 7, numRuns: 200 },
    )
  })
})
