import { expect, it } from 'vitest'
import { loadMono } from '../../../src/audio/files/audio-file.js'
import { createEngine } from '../../../src/engine/index.js'
import { loadGlowcastModel } from '../../../src/models/load-model.js'
import { bundledModel } from '../../../src/package-root.js'
import { LiveVoice } from '../../../src/synthesis/voice/live-voice.js'
import type { VoiceControls } from '../../../src/web/index.js'
import type { EnginePlace } from './place.js'
import { clip, decoded, encoded } from './samples.js'

const sampleRate = 16_000
/** Of a microphone: no whole number of them in what is spoken. */
const blockSamples = 1024
const controls = { pitchSemitones: 4, flatten: 0.5 } as const

interface Heard {
  readonly samples: string
  readonly latencySamples: number
  readonly refused: string
}

interface Spoken {
  readonly spoken: string
  readonly sampleRate: number
  readonly blockSamples: number
  readonly controls: Partial<VoiceControls>
}

/** Called in the page. */
async function speakInPage({ spoken, sampleRate, blockSamples, controls }: Spoken): Promise<Heard> {
  const { buffer } = Uint8Array.from(atob(spoken), (character) => character.charCodeAt(0))
  const waveform = new Float32Array(buffer)
  const voice = await window.vocoder.openVoice({ sampleRate })
  const { latencySamples } = voice
  const refused = await voice.set({ wet: 2 }).catch((error: Error) => error.message)
  await voice.set(controls)
  const parts: Promise<Float32Array>[] = []
  for (let from = 0; from < waveform.length; from += blockSamples) {
    parts.push(voice.push(waveform.subarray(from, from + blockSamples)))
  }
  parts.push(voice.flush())
  let text = ''
  for (const part of await Promise.all(parts)) {
    for (const byte of new Uint8Array(part.buffer)) text += String.fromCharCode(byte)
  }
  voice.close()
  return { samples: btoa(text), latencySamples, refused: `${refused}` }
}

let answer: Promise<Float32Array> | undefined
/** What Node says; once for all engines. */
const samplesOfNode = () => (answer ??= speakInNode())

const speech = async () => (await loadMono(clip, sampleRate)).slice(0, 10_000)

async function speakInNode(): Promise<Float32Array> {
  const { config, weights } = await loadGlowcastModel(bundledModel)
  const engine = await createEngine('onnx', { threads: 1 })
  const voice = await LiveVoice.create(engine, config, weights, { sampleRate })
  voice.set(controls)
  const waveform = await speech()
  const parts: number[] = []
  for (let from = 0; from < waveform.length; from += blockSamples) {
    parts.push(...(await voice.push(waveform.subarray(from, from + blockSamples))))
  }
  parts.push(...(await voice.flush()))
  await voice.dispose()
  return Float32Array.from(parts)
}

/** A live voice in the worker: as many samples as in Node, and the same. */
export function testVoiceInPage({ tab }: EnginePlace): void {
  it('rebuilds a voice while it speaks, as Node does, and tells its latency', async () => {
    const expected = await samplesOfNode()
    const heard = await tab().evaluate(speakInPage, {
      spoken: encoded(await speech()),
      sampleRate,
      blockSamples,
      controls,
    })
    const got = decoded(heard.samples)
    expect(got).toHaveLength(expected.length)
    expect(heard.latencySamples).toBe(expected.length - 10_000)
    expect(heard.refused).toBe('wet: got 2, expected a number from 0 to 1')
    expect(Math.max(...expected.map(Math.abs))).toBeGreaterThan(0.02)
    const largest = got.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0)
    expect(largest).toBeLessThan(1 / 2 ** 15)
  })
}
