import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { resample } from '../../../src/audio/resample.js'
import { GlowcastClient } from '../../../web-audio-client/client.js'
import type { CreateSocket } from '../../../web-audio-client/connection/socket.js'
import type { PlayRequest, PlayResult } from '../site/harness/harness.js'
import type { ChromiumPlace } from './place.js'
import { decoded, encoded, melConvention, preset, speechMel, trimmed } from './samples.js'

/** The machine may be busy with other tests: what is to be quiet starts when all of it is there. */
const quiet = { ringMs: 8000, startMs: 6000 }
/** Where trouble comes, no more than this is ahead of the ear. */
const smallBuffers = { ringMs: 200, aheadSamples: 8192, startMs: 100 }
/** A second of the speech's two. */
const samplesBeforeTrouble = 22_050

const largestStep = (samples: Float32Array) =>
  samples.reduce((most, value, i) => Math.max(most, Math.abs(value - samples[Math.max(0, i - 1)]!)), 0)

/** The player, before a network that stalls and breaks. */
export function testPlayer({ site, browser }: ChromiumPlace): void {
  let page: Page
  let mel: Float32Array

  beforeAll(async () => {
    page = await browser().newPage()
    page.setDefaultTimeout(300_000)
    mel = (await speechMel(172)).mel
  })

  afterAll(() => page?.close())

  beforeEach(async () => {
    await page.goto(`${site().origin}/isolated.html`)
    await page.waitForSelector('html[data-harness=ready]', { state: 'attached' })
  })

  async function play(request: Partial<PlayRequest>) {
    const whole: PlayRequest = {
      contextRate: preset.sampleRate,
      format: 's16le',
      seed: 5,
      mel: encoded(mel),
      melConvention,
      ...request,
    }
    const result: PlayResult = await page.evaluate((given) => window.harness.play(given), whole)
    return { ...result, received: decoded(result.received), recorded: decoded(result.recorded) }
  }

  /** What the server makes of the mel, when nothing is cut. */
  async function receivedInNode(): Promise<Float32Array> {
    const createSocket = ((url, protocols) => new WebSocket(url, protocols)) as CreateSocket
    const client = new GlowcastClient({
      url: `${site().origin.replace('http', 'ws')}/v1/stream`,
      createSocket,
    })
    const stream = client.open({ mel: melConvention, seed: 5, format: 's16le' })
    const sent = stream.write(mel).then(() => stream.end())
    const parts: number[] = []
    for await (const { samples } of stream) parts.push(...samples)
    await sent
    client.close()
    return Float32Array.from(parts)
  }

  it('brings what our resampler makes of the samples, at 48,000 Hz', async () => {
    const { received, recorded, stats } = await play({
      ...quiet,
      contextRate: 48_000,
      format: 'f32le',
    })
    const expected = trimmed(resample(received, preset.sampleRate, 48_000))
    const heard = trimmed(recorded)
    expect(heard.length).toBe(expected.length)
    // Not bit for bit: this process and the page round sines and roots of the filter each their own way.
    const apart = heard.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0)
    expect(apart).toBeLessThan(1e-7)
    expect(stats.underruns).toBe(0)
  })

  it('fades when the network stalls, without a click, and loses no sample', async () => {
    site().proxy.after(4 * samplesBeforeTrouble, () => site().proxy.hold())
    const playing = play({ ...smallBuffers, format: 'f32le' })
    await page.waitForFunction(() => window.harness.underruns() > 0, undefined, { timeout: 120_000 })
    await new Promise((resolve) => setTimeout(resolve, 300))
    site().proxy.release()
    const { received, recorded, stats } = await playing
    expect(stats.underruns).toBeGreaterThanOrEqual(1)
    const fade = Math.round(0.005 * preset.sampleRate)
    const peak = received.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
    // The signal's own steepest step, and on top of it what a linear fade adds at the loudest sample.
    expect(largestStep(trimmed(recorded))).toBeLessThanOrEqual(largestStep(received) + peak / fade + 1e-6)
    const expected = trimmed(received)
    const { heard, gaps } = withoutGaps(trimmed(recorded), maxSilence(expected))
    // A busy machine has more of them than the network, and one that is over within a block leaves no silence.
    expect(gaps).toBeGreaterThanOrEqual(1)
    expect(gaps).toBeLessThanOrEqual(stats.underruns)
    expect(heard.length).toBe(expected.length)
    let faded = 0
    for (const [i, value] of heard.entries()) {
      if (value !== expected[i]) faded += 1
      expect(Math.abs(value)).toBeLessThanOrEqual(Math.abs(expected[i]!))
    }
    expect(faded).toBeGreaterThan(0)
    expect(faded).toBeLessThanOrEqual(2 * fade * stats.underruns)
  })

  it('goes on with the very next sample when the connection is cut', async () => {
    const whole = await receivedInNode()
    site().proxy.after(2 * samplesBeforeTrouble, () => site().proxy.cut())
    const playing = play(smallBuffers)
    const { received, recorded, resumed, stats } = await playing
    expect(resumed).toBe(1)
    expect(received.length).toBe(whole.length)
    // One step of 16 bits: the engine adds up in another order when a stream shares its call with none or others.
    const apart = received.reduce((most, value, i) => Math.max(most, Math.abs(value - whole[i]!)), 0)
    expect(apart).toBeLessThanOrEqual(1 / 32768)
    if (stats.underruns === 0) expect(trimmed(recorded)).toEqual(trimmed(received))
  })
}

/** Samples of the longest run of zeros. */
function maxSilence(samples: Float32Array): number {
  let longest = 0
  let zeros = 0
  for (const value of samples) {
    zeros = value === 0 ? zeros + 1 : 0
    longest = Math.max(longest, zeros)
  }
  return longest
}

/** Takes pauses out: runs of more zeros than the sound has itself. Each keeps one, the first sample of the fade-in. */
function withoutGaps(samples: Float32Array, most: number): { heard: Float32Array; gaps: number } {
  const heard: number[] = []
  let zeros = 0
  let gaps = 0
  for (const value of samples) {
    if (value === 0) {
      zeros += 1
      continue
    }
    if (zeros > most) gaps += 1
    for (let i = 0; i < (zeros > most ? 1 : zeros); i++) heard.push(0)
    zeros = 0
    heard.push(value)
  }
  return { heard: Float32Array.from(heard), gaps }
}
