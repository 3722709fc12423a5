import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadMono } from '../../src/audio/files/audio-file.js'
import { logMel, melPresets } from '../../src/audio/mel/mel.js'
import { resample } from '../../src/audio/resample.js'
import { chromiumPath, launchChromium } from './chromium.js'
import type { PlayRequest, PlayResult } from './harness/harness.js'
import { type Site, startSite } from './site.js'

const clip = fileURLToPath(new URL('../../web-audio-client/demo/public/clips/lakes.flac', import.meta.url))
const preset = melPresets['nvidia-22k']
const { alignment: _, ...melConvention } = preset

const decoded = (text: string) => {
  const bytes = Buffer.from(text, 'base64')
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i))
}

/** The machine may be busy with other tests: what is to be quiet starts when all of it is there. */
const quiet = { ringMs: 8000, startMs: 6000 }
/** Where trouble comes, no more than this is ahead of the ear. */
const smallBuffers = { ringMs: 200, aheadSamples: 8192, startMs: 100 }
/** A second of the clip's three and a half. */
const samplesBeforeTrouble = 22_050

/** What was recorded, without the silence before its first and after its last sample that is not zero. */
function trimmed(samples: Float32Array): Float32Array {
  return samples.slice(
    samples.findIndex((value) => value !== 0),
    samples.findLastIndex((value) => value !== 0) + 1,
  )
}

const largestStep = (samples: Float32Array) =>
  samples.reduce((most, value, i) => Math.max(most, Math.abs(value - samples[Math.max(0, i - 1)]!)), 0)

describe.skipIf(chromiumPath === undefined)('Player in Chromium, against the real server', () => {
  let site: Site
  let browser: Browser
  let mel: Float32Array

  beforeAll(async () => {
    site = await startSite()
    browser = await launchChromium()
    const waveform = await loadMono(clip, preset.sampleRate)
    mel = logMel(waveform, preset).data
  })

  afterAll(async () => {
    await browser?.close()
    await site?.stop()
  })

  async function openHarness(name: 'isolated' | 'plain' = 'isolated'): Promise<Page> {
    const page = await browser.newPage()
    page.setDefaultTimeout(300_000)
    await page.goto(`${site.origin}/${name}.html`)
    await page.waitForSelector('html[data-harness=ready]', { state: 'attached' })
    return page
  }

  async function play(page: Page, request: Partial<PlayRequest> = {}) {
    const whole: PlayRequest = {
      contextRate: preset.sampleRate,
      format: 's16le',
      seed: 5,
      mel: Buffer.from(mel.buffer).toString('base64'),
      melConvention,
      ...request,
    }
    const result: PlayResult = await page.evaluate((given) => window.harness.play(given), whole)
    await page.close()
    return { ...result, received: decoded(result.received), recorded: decoded(result.recorded) }
  }

  const samples = () => (mel.length / preset.melBands) * preset.hopLength

  it('brings every sample to the destination unchanged, at the rate of the model', async () => {
    const { received, recorded, stats, isolated } = await play(await openHarness(), quiet)
    expect(isolated).toBe(true)
    expect(stats.transport).toBe('shared')
    expect(received.length).toBe(samples())
    expect(trimmed(recorded)).toEqual(trimmed(received))
    expect(stats.underruns).toBe(0)
  })

  it('brings what our resampler makes of the samples, at 48,000 Hz', async () => {
    const { received, recorded, stats } = await play(await openHarness(), {
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

  it('brings the same through messages where the page is not isolated', async () => {
    const { received, recorded, stats, isolated } = await play(await openHarness('plain'), quiet)
    expect(isolated).toBe(false)
    expect(stats.transport).toBe('port')
    expect(trimmed(recorded)).toEqual(trimmed(received))
    expect(stats.underruns).toBe(0)
  })

  it('fades when the network stalls, without a click, and loses no sample', async () => {
    const page = await openHarness()
    site.proxy.after(4 * samplesBeforeTrouble, () => site.proxy.hold())
    const playing = play(page, { ...smallBuffers, format: 'f32le' })
    await page.waitForFunction(() => window.harness.underruns() > 0, undefined, { timeout: 120_000 })
    await new Promise((resolve) => setTimeout(resolve, 300))
    site.proxy.release()
    const { received, recorded, stats } = await playing
    expect(stats.underruns).toBeGreaterThanOrEqual(1)
    const fade = Math.round(0.005 * preset.sampleRate)
    const peak = received.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
    // The signal's own steepest step, and on top of it what a linear fade adds at the loudest sample.
    expect(largestStep(trimmed(recorded))).toBeLessThanOrEqual(largestStep(received) + peak / fade + 1e-6)
    const expected = trimmed(received)
    const { heard, gaps } = withoutGaps(trimmed(recorded), longestSilence(expected))
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
    const whole = await play(await openHarness(), quiet)
    const page = await openHarness()
    site.proxy.after(2 * samplesBeforeTrouble, () => site.proxy.cut())
    const playing = play(page, smallBuffers)
    const { received, recorded, resumed, stats } = await playing
    expect(resumed).toBe(1)
    expect(received.length).toBe(whole.received.length)
    // One step of 16 bits: the engine adds up in another order when a stream shares its call with none or others.
    const apart = received.reduce((most, value, i) => Math.max(most, Math.abs(value - whole.received[i]!)), 0)
    expect(apart).toBeLessThanOrEqual(1 / 32768)
    if (stats.underruns === 0) expect(trimmed(recorded)).toEqual(trimmed(received))
  })
})

/** Samples of the longest run of zeros. */
function longestSilence(samples: Float32Array): number {
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
