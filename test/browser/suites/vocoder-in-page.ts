import { beforeAll, describe, expect, it } from 'vitest'
import { createEngine } from '../../../src/engine/index.js'
import { loadModel } from '../../../src/models/load-model.js'
import { bundledModel } from '../../../src/package-root.js'
import { Vocoder } from '../../../src/synthesis/vocoder.js'
import { textWait, untilText } from './in-page.js'
import { loadInPage } from './load-in-page.js'
import type { EnginePlace } from './place.js'
import { decoded, encoded, preset, speechMel } from './samples.js'
import { testScoreInPage } from './score-in-page.js'
import { testVoiceInPage } from './voice-in-page.js'

/** More than one chunk, and no whole number of them. */
const frames = 250
const options = { seed: 3, melProjections: 8 }
/** Of 16-bit samples. */
const step = 1 / 2 ** 15

interface Wanted {
  readonly mel: string
  readonly bands: number
  /** Mel frames in each part of a stream. Streams run at the same time; none: not streamed. */
  readonly sizes: readonly number[]
  readonly options: object
}

/** Called in the page. @returns the samples of each stream, or of the whole */
async function sayInPage({ mel, bands, sizes, options }: Wanted): Promise<string[]> {
  const data = new Float32Array(Uint8Array.from(atob(mel), (c) => c.charCodeAt(0)).buffer)
  const framesOf = (part: Float32Array) => ({ data: part, frames: part.length / bands, channels: bands })
  const textOf = (samples: Float32Array[]) => {
    const bytes = samples.flatMap((part) => Array.from(new Uint8Array(part.buffer)))
    return btoa(bytes.map((byte) => String.fromCharCode(byte)).join(''))
  }
  if (sizes.length === 0) return [textOf([await window.vocoder.synthesize(framesOf(data), options)])]
  const streamed = async (size: number) => {
    const pieces = async function* () {
      for (let at = 0; at < data.length; at += size * bands) {
        yield framesOf(data.subarray(at, at + size * bands))
      }
    }
    const parts: Float32Array[] = []
    for await (const samples of window.vocoder.stream(pieces(), options)) parts.push(samples)
    return textOf(parts)
  }
  return Promise.all(sizes.map(streamed))
}

async function samplesOfNode(mel: Float32Array): Promise<Float32Array> {
  const { config, weights } = await loadModel(bundledModel)
  const vocoder = await Vocoder.create(await createEngine('onnx', { threads: 1 }), config, weights)
  try {
    return await vocoder.synthesize({ data: mel, frames, channels: preset.melBands }, options)
  } finally {
    await vocoder.dispose()
  }
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length)
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]!)), 0)
}

/** The flow without a server: it computes in a worker of the page, and says what Node says. */
export function testVocoderInPage(place: EnginePlace): void {
  const { tab, site } = place
  let wanted: Wanted
  let whole: Float32Array

  beforeAll(async () => {
    await tab().goto(`${site().origin}/vocoder.html`)
    await tab().evaluate(untilText, textWait('body', /^ready$/))
    expect(await tab().evaluate(loadInPage, '/models/glowcast-22k')).toBeNull()
    const { mel } = await speechMel(frames)
    wanted = { mel: encoded(mel), bands: preset.melBands, sizes: [], options }
  })

  it('gives the samples that Node gives', async () => {
    const [text] = await tab().evaluate(sayInPage, wanted)
    whole = decoded(text!)
    const expected = await samplesOfNode(decoded(wanted.mel))
    expect(Math.max(...expected.map(Math.abs))).toBeGreaterThan(0.1)
    expect(largestDifference(whole, expected)).toBeLessThan(step)
  })

  it('gives streams that run at the same time the samples of the whole', async () => {
    const streams = await tab().evaluate(sayInPage, { ...wanted, sizes: [37, 100] })
    expect(streams).toHaveLength(2)
    for (const text of streams) expect(largestDifference(decoded(text), whole)).toBeLessThan(step)
  })

  it('refuses a mel in the words of Node', async () => {
    const wrong = { ...wanted, bands: 40 }
    await expect(tab().evaluate(sayInPage, wrong)).rejects.toThrow('mel: got 40 bands, expected 80 bands')
  })

  describe('scores', () => testScoreInPage(place))
  describe('a live voice', () => testVoiceInPage(place))

  it('says that it is disposed', async () => {
    await tab().evaluate(() => window.vocoder.dispose(), null)
    await expect(tab().evaluate(sayInPage, wanted)).rejects.toThrow(
      'vocoder: got one that is disposed, expected one in use',
    )
  })
}
