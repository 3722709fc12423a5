import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchEngine } from '../engines/launch.js'
import { type EngineName, programOf } from '../engines/programs.js'
import type { Engine, EngineOptions, Tab } from '../engines/types.js'
import type { PlayRequest, ToneReport } from '../site/harness/harness.js'
import type { Site } from '../site/site.js'
import type { EnginePlace } from './place.js'
import { decoded, encoded, melConvention, preset, speechMel, trimmed } from './samples.js'

/** The machine may be busy with other tests. */
const patience = { timeout: 300_000, interval: 100 }

async function visit(tab: Tab, site: Site, name: string): Promise<Tab> {
  await tab.goto(`${site.origin}/${name}.html`)
  await expect
    .poll(() => tab.evaluate(() => document.documentElement.dataset['harness'], null), patience)
    .toBe('ready')
  return tab
}

const tone = (page: Tab): Promise<ToneReport> => page.evaluate(() => window.harness.tone(), null)

/** Player and client in an engine. */
export function testSound({ name, tab, site, token }: EnginePlace): void {
  const open = (page: string) => visit(tab(), site(), page)

  it.each(['isolated', 'plain'])(
    'brings every sample of the server unchanged to the %s page',
    async (path) => {
      const page = await open(path)
      const { mel, samples } = await speechMel(120)
      const request: PlayRequest = {
        contextRate: preset.sampleRate,
        format: 's16le',
        seed: 5,
        mel: encoded(mel),
        melConvention,
        // It starts when all of it is there: no machine is too slow.
        ringMs: 8000,
        startMs: 6000,
        bearer: token,
      }
      const result = await page.evaluate((given) => window.harness.play(given), request)
      const received = decoded(result.received)
      expect(received.length).toBe(samples)
      expect(trimmed(decoded(result.recorded))).toEqual(trimmed(received))
      expect(result.stats.underruns).toBe(0)
      expect(result.isolated).toBe(path === 'isolated')
      // WebKitGTK says that it is isolated, and has no SharedArrayBuffer.
      const hasMemory = path === 'isolated' && name !== 'webkit'
      expect(result.stats.transport).toBe(hasMemory ? 'shared' : 'port')
      // Chromium asks for an icon, which is not there.
      const complaints = (await page.complaints()).filter(
        (text) => !text.startsWith('Failed to load resource'),
      )
      expect(complaints).toEqual([])
    },
  )

  it('changes between two sounds that play in step, without a gap, a click or a lost sample', async () => {
    const page = await open('plain')
    const frames = 6 * 24_000
    const cycles = [10, 13] as const
    const request = { contextRate: 24_000, frames, cycles, changes: [12_000, 24_000] }
    const heard = decoded(await page.evaluate((given) => window.harness.changeTones(given), request))
    const start = heard.findIndex((value) => value !== 0)
    const [original, result] = cycles.map(
      (of) => (i: number) => 0.5 * Math.cos((2 * Math.PI * of * i) / 1000),
    )
    const isOf = (tone: typeof original, i: number) => Math.abs(heard[start + i]! - tone!(i)) < 1e-5
    const which = Array.from({ length: frames }, (_, i) =>
      isOf(result, i) ? 'result' : isOf(original, i) ? 'original' : 'both',
    )
    // Where the tones meet, both are right; where they are mixed, for 20 ms at each change, neither need be.
    expect(which.filter((each) => each === 'both').length).toBeLessThanOrEqual(2 * 0.021 * 24_000)
    expect(which[0]).toBe('result')
    expect(which.at(-1)).toBe('result')
    expect(which.filter((each) => each === 'original').length).toBeGreaterThan(1000)
    const steepest = (0.5 * 2 * Math.PI * cycles[1]) / 1000
    for (let i = 1; i < frames; i++) {
      const step = Math.abs(heard[start + i]! - heard[start + i - 1]!)
      // A tone's own steepest step, and what a ramp of 20 ms between two full tones adds.
      if (step > steepest + 1 / (0.02 * 24_000)) expect.fail(`a step of ${step} at frame ${i}`)
    }
  })

  it('tells the start, the end, and where it is in between', async () => {
    const page = await open('plain')
    await page.evaluate(() => window.harness.beginTone(0.5), null)
    await expect.poll(async () => (await tone(page)).events.at(-1), patience).toBe('ended')
    const { events, state, stats, duration, startedAfterMs } = await tone(page)
    expect(state).toBe('idle')
    expect(events.filter((event) => event === 'start')).toHaveLength(1)
    expect(events.indexOf('start')).toBeGreaterThan(events.indexOf('buffering'))
    expect(duration).toBeCloseTo(1, 3)
    expect(stats.positionSeconds).toBeCloseTo(1, 3)
    // A sound that was heard before it was asked for is what a page once showed.
    expect(startedAfterMs).toBeGreaterThanOrEqual(0)
  })

  it('says insecure_context where the page came over plain http', async () => {
    const page = await open('plain')
    expect(await page.evaluate(() => window.harness.codeWithoutSecureContext(), null)).toBe(
      'insecure_context',
    )
  })
}

/** What a browser does that lets no sound out. */
export function testSilence(site: () => Site): void {
  /** One engine for a suite. */
  function useEngine(name: EngineName, options: EngineOptions): () => Promise<Tab> {
    let engine: Engine
    let tab: Tab
    beforeAll(async () => {
      engine = await launchEngine(name, options)
      tab = await engine.open()
    })
    afterAll(async () => {
      await tab?.close()
      await engine?.close()
    })
    return () => visit(tab, site(), 'plain')
  }

  describe.skipIf(programOf('webkit') === undefined)('A browser that waits for a gesture (webkit)', () => {
    const open = useEngine('webkit', { autoplay: false })

    it('is told as blocked, and the sound goes on with the next tap', async () => {
      const page = await open()
      await page.evaluate(() => window.harness.beginTone(1), null)
      await expect.poll(async () => (await tone(page)).state, patience).toBe('suspended')
      expect((await tone(page)).events).toContain('blocked')
      await page.click('body')
      await expect.poll(async () => (await tone(page)).events.at(-1), patience).toBe('ended')
    })
  })

  describe.skipIf(programOf('firefox') === undefined)(
    'A machine without a device for sound (firefox)',
    () => {
      const open = useEngine('firefox', { soundDevice: false })

      it('is told as no-output once a gesture was given', async () => {
        const page = await open()
        await page.click('body')
        await page.evaluate(() => window.harness.beginTone(1), null)
        await expect.poll(async () => (await tone(page)).state, patience).toBe('no-output')
      })
    },
  )
}
