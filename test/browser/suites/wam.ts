import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { BrowserContext, Page } from 'playwright-core'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { loadMono } from '../../../src/audio/files/audio-file.js'
import type { WamVoiceEvent } from '../../../src/wam/web-audio-module.js'
import type { WamHost } from '../site/harness/wam-host.js'
import { fakeMidi } from './fake-midi.js'
import { textWait, untilText } from './in-page.js'
import type { ChromiumPlace } from './place.js'
import { clip, decoded, encoded } from './samples.js'

/** Of a page that allows nothing else: no `blob:`, no `data:`, and no text becomes a script. */
const strictPolicy =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'"
/** The machine may be busy with other tests: the voice has time for all that it is given. */
const patient = { headroomMs: 20_000 }

const automation = (time: number, id: string, value: number): WamVoiceEvent => ({
  type: 'wam-automation',
  time,
  data: { id, value, normalized: false },
})
const midi = (time: number, ...bytes: [number, number, number]): WamVoiceEvent => ({
  type: 'wam-midi',
  time,
  data: { bytes },
})

/** Energy of the first three partials of a note. */
function energyOf(samples: Float32Array, sampleRate: number, hz: number): number {
  let energy = 0
  for (const partial of [1, 2, 3]) {
    let [cosine, sine] = [0, 0]
    samples.forEach((value, i) => {
      const angle = (2 * Math.PI * partial * hz * i) / sampleRate
      cosine += value * Math.cos(angle)
      sine += value * Math.sin(angle)
    })
    energy += cosine ** 2 + sine ** 2
  }
  return energy
}

/** How much more energy a note has than its neighbours, a semitone above and below. */
function prominence(samples: Float32Array, sampleRate: number, hz: number): number {
  const beside = [1, -1].map((semitones) => energyOf(samples, sampleRate, hz * 2 ** (semitones / 12)))
  return energyOf(samples, sampleRate, hz) / Math.max(...beside)
}

/** Of samples from those at the same places of what is as long or longer. */
const difference = (samples: Float32Array, others: Float32Array) =>
  samples.reduce((most, value, i) => Math.max(most, Math.abs(value - others[i]!)), 0)

/** The plug-in in a host that does what the SDK's own does. */
export function testWam(place: ChromiumPlace): void {
  let context: BrowserContext
  let page: Page
  let complaints: string[]

  beforeEach(async () => {
    context = await place.browser().newContext()
    page = await context.newPage()
    complaints = []
    page.on('console', (message) => {
      const isIcon = message.location().url.endsWith('/favicon.ico')
      if (message.type() === 'error' && !isIcon) complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(`${error}`))
  })
  afterEach(() => context.close())

  async function open(request: Parameters<WamHost['open']>[0]) {
    await page.goto(`${place.site().origin}/wam-host.html`)
    await page.waitForSelector('html[data-harness=ready]', { state: 'attached' })
    return page.evaluate((asked) => window.wamHost.open(asked), request)
  }

  /** @returns what came out, as long as what went in, by the compensation delay earlier; and what went in */
  async function render(samples: Float32Array, sampleRate: number, late: number, events: WamVoiceEvent[]) {
    const seconds = (samples.length + late) / sampleRate
    const request = { samples: encoded(samples), seconds, events }
    const { input, output } = await page.evaluate((asked) => window.wamHost.render(asked), request)
    const [heard, made] = [decoded(input), decoded(output)]
    const begun = heard.findIndex((value) => value !== 0) - samples.findIndex((value) => value !== 0)
    expect(begun).toBeGreaterThanOrEqual(0)
    return made.subarray(begun + late, begun + late + samples.length)
  }

  it('sings what is played, follows automation and is as late as it says, where nothing may be a blob', async () => {
    const sampleRate = 44_100
    await page.route(/(wam-host\.html|worker\.js)$/, async (route) => {
      const response = await route.fetch()
      const headers = { ...response.headers(), 'content-security-policy': strictPolicy }
      await route.fulfill({ response, headers })
    })
    const opened = await open({ sampleRate, options: patient, isStrict: true })
    expect(opened.identifier).toBe('org.glowcast.voice')
    const speech = (await loadMono(clip, sampleRate)).slice(0, 1.8 * sampleRate)
    const wetAt = 0.3
    const events = [
      automation(-0.1, 'wet', 0),
      automation(wetAt, 'wet', 1),
      midi(wetAt, 0x90, 45, 100),
      midi(wetAt, 0x90, 52, 100),
      automation(1.1, 'whisper', 1),
    ]
    const made = await render(speech, sampleRate, opened.compensationSamples, events)
    // Dry sound is what came in, sample for sample.
    const change = Math.floor((wetAt - 0.01) * sampleRate)
    expect(difference(made.slice(0, change), speech)).toBeLessThan(1e-6)
    const sung = made.slice(0.4 * sampleRate, 1.05 * sampleRate)
    const whispered = made.slice(1.15 * sampleRate)
    for (const hz of [110, 110 * 2 ** (7 / 12)]) {
      expect(prominence(sung, sampleRate, hz)).toBeGreaterThan(20)
      expect(prominence(whispered, sampleRate, hz)).toBeLessThan(4)
    }
    expect(page.workers()).toHaveLength(1)
    await page.evaluate(() => window.wamHost.close())
    await expect.poll(() => page.workers(), { timeout: 60_000 }).toHaveLength(0)
    expect(complaints).toEqual([])
  })

  it('lies in the host of the examples, which tells how late it is and takes MIDI keyboards', async () => {
    await context.grantPermissions(['microphone'])
    await page.addInitScript(fakeMidi)
    await page.goto(`${place.site().origin}/repository/examples/wam-host/`)
    await page.click('#start')
    await page.evaluate(untilText, textWait('#status', /^What you say is heard \d+ ms later\.$/))
    await page.click('#midi')
    await page.evaluate(untilText, textWait('#status', /^MIDI keyboards: 1\.$/))
    await page.evaluate(() => window.pressKey([0x90, 57, 100]))
    await page.click('#keep')
    await page.evaluate(untilText, textWait('#status', /^Kept/))
    expect(await page.evaluate(() => localStorage.getItem('voice'))).toContain('"pitchSemitones"')
    expect(complaints).toEqual([])
  })

  it('comes back with its state in the host of the SDK, and has controls that a keyboard reaches', async () => {
    const sampleRate = 48_000
    const values = { wet: 0, pitchSemitones: -5, withoutNote: 1, voices: 2 }
    const parameterValues = Object.fromEntries(
      Object.entries(values).map(([id, value]) => [id, { id, value }]),
    )
    const opened = await open({
      sampleRate,
      options: {},
      isStrict: false,
      state: { parameterValues },
    })
    const speech = (await loadMono(clip, sampleRate)).slice(0, sampleRate)
    const made = await render(speech, sampleRate, opened.compensationSamples, [])
    expect(difference(made, speech)).toBeLessThan(1e-6)
    await page.evaluate(() => window.wamHost.showGui())
    await page.getByRole('slider', { name: 'Flatten the melody' }).press('ArrowRight')
    await page.getByRole('button', { name: 'C3', exact: true }).press('KeyA')
    const heard = () => page.evaluate(() => window.wamHost.heardMidi())
    await expect.poll(heard).toEqual([
      [0x90, 48, 100],
      [0x80, 48, 0],
    ])
    const state = await page.evaluate(() => window.wamHost.state())
    expect(state.parameterValues).toMatchObject({
      ...parameterValues,
      flatten: { value: 0.01 },
      whisper: { value: 0 },
    })
    const refused = (given: unknown) => page.evaluate((asked) => window.wamHost.refusal(asked), given)
    expect(await refused({ other: 1 })).toBe('state: got {"other":1}, expected { parameterValues }')
    expect(await refused({ parameterValues: { wet: { value: 'x' } } })).toMatch(
      /^state\.parameterValues\.wet: got x/,
    )
    const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
    await page.evaluate(axe)
    const violations = await page.evaluate(async () => {
      const { axe } = window as unknown as {
        axe: { run(on: string): Promise<{ violations: { id: string }[] }> }
      }
      return (await axe.run('#gui')).violations.map(({ id }) => id)
    })
    expect(violations).toEqual([])
    expect(complaints).toEqual([])
  })
}
