import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Frames } from '../../src/audio/buffers/frames.js'
import { loadMono } from '../../src/audio/files/audio-file.js'
import { logMel, melPresets } from '../../src/audio/mel/mel.js'
import { trackPitch } from '../../src/audio/pitch/pitch.js'
import { loadGlowcastModel } from '../../src/models/load-model.js'
import { Vocoder } from '../../src/synthesis/vocoder.js'
import { median } from '../audio/voice-signals.js'
import { createModelEngine } from '../test-engine.js'

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const preset = melPresets['nvidia-22k']
let vocoder: Vocoder
let mel: Frames
let unshifted: Float32Array
let recording: Float32Array

function f0Of(waveform: Float32Array): Float32Array {
  return trackPitch(waveform, preset.sampleRate).f0Hz
}

/** Median interval in semitones over what both call voiced. */
function semitones(from: Float32Array, to: Float32Array): number {
  const intervals: number[] = []
  from.forEach((f0Hz, i) => {
    if (f0Hz > 0 && to[i]! > 0) intervals.push(12 * Math.log2(to[i]! / f0Hz))
  })
  return median(intervals)
}

const voicedFrames = (f0Hz: Float32Array) => f0Hz.filter((value) => value > 0).length

beforeAll(async () => {
  const { config, weights } = await loadGlowcastModel(path('../../models/glowcast-22k'))
  vocoder = await Vocoder.create(await createModelEngine(), config, weights)
  recording = await loadMono(path('../fixtures/audio/speech.flac'), preset.sampleRate)
  mel = logMel(recording, preset)
  unshifted = f0Of(await vocoder.synthesize(mel))
})
afterAll(() => vocoder.dispose())

describe('the bundled voice', () => {
  // The passes follow the mel's envelope alone then; with its harmonics they would pull the pitch back.
  it.each([4, -4])('is shifted by %i semitones when asked', async (pitchSemitones) => {
    const shifted = f0Of(await vocoder.synthesize(mel, { pitchSemitones }))
    expect(Math.abs(semitones(unshifted, shifted) - pitchSemitones)).toBeLessThan(0.2)
    // The comb is the default then; without it much of the voice is lost.
    const plain = f0Of(await vocoder.synthesize(mel, { pitchSemitones, comb: false }))
    expect(voicedFrames(shifted)).toBeGreaterThan(0.75 * voicedFrames(unshifted))
    expect(voicedFrames(shifted)).toBeGreaterThan(voicedFrames(plain))
  })

  it('follows an F0 track of the caller', async () => {
    const monotone = f0Of(await vocoder.synthesize(mel, { f0Hz: new Float32Array(mel.frames).fill(180) }))
    const voiced = [...monotone].filter((f0Hz) => f0Hz > 0)
    expect(Math.abs(12 * Math.log2(median(voiced) / 180))).toBeLessThan(0.4)
  })

  it("keeps the mel's detail where a given F0 is the mel's own", async () => {
    const { f0Hz } = trackPitch(recording, preset.sampleRate)
    const perFrame = Math.round((f0Hz.length / mel.frames) * 2) / 2
    const ofFrames = Float32Array.from({ length: mel.frames }, (_, i) => f0Hz[Math.round(i * perFrame)] ?? 0)
    const distance = async (f0: Float32Array) => {
      const { data } = logMel(await vocoder.synthesize(mel, { f0Hz: f0 }), preset)
      return data.reduce((sum, value, i) => sum + Math.abs(value - mel.data[i]!), 0) / data.length
    }
    // With the envelope alone it is 0.4 nats; a fifth above, all but the unvoiced frames have the envelope alone.
    expect(await distance(ofFrames)).toBeLessThan(0.6 * (await distance(ofFrames.map((f0) => 1.5 * f0))))
  })

  it('has the pitch of the mel when told that the F0 belongs to it', async () => {
    const settings = { pitchSemitones: 4, melDetail: true }
    expect(semitones(unshifted, f0Of(await vocoder.synthesize(mel, settings)))).toBeLessThan(1)
  })
})
