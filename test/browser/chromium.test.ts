import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe } from 'vitest'
import { loadMono } from '../../src/audio/files/audio-file.js'
import { encodeWav } from '../../src/audio/wav/wav.js'
import { chromiumPath, launchChromium } from './engines/chromium.js'
import { isRequired } from './engines/programs.js'
import { type Site, startSite } from './site/site.js'
import { testDemoPage } from './suites/demo-page.js'
import type { ChromiumPlace } from './suites/place.js'
import { testPlayer } from './suites/player.js'
import { testScorePanel } from './suites/score-panel.js'
import { testStaticSite } from './suites/static-site.js'
import { testTextBox } from './suites/text-box.js'
import { testVocoderConditions } from './suites/vocoder-conditions.js'
import { testVocoderFiles } from './suites/vocoder-files.js'

const clip = new URL('../../web-audio-client/demo/public/clips/kerstin-1.flac', import.meta.url)
const sampleRate = 22_050

/** What needs no other engine, or only Chromium can do: one browser and one server for all of it. */
describe.skipIf(chromiumPath === undefined)('In Chromium, from the real server', () => {
  let folder: string
  let site: Site
  let browser: Browser

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'glowcast-'))
    site = await startSite({ streams: 2 })
    const heard = join(folder, 'heard.wav')
    const samples = await loadMono(fileURLToPath(clip), sampleRate)
    await writeFile(heard, encodeWav({ sampleRate, channels: [samples] }, { format: 'int16' }))
    browser = await launchChromium(heard)
  })

  afterAll(async () => {
    await browser?.close()
    await site?.stop()
    await rm(folder, { recursive: true })
  })

  const place: ChromiumPlace = { site: () => site, browser: () => browser }
  describe('the demo page', () => testDemoPage(place))
  describe('the scoring panel', () => testScorePanel(place))
  describe('the box for a text', () => testTextBox(place))
  // Not in a plain run, for the time that they take: it sees the vocoder in the page load its files, but not all that they refuse.
  describe.runIf(isRequired('chromium'))('the vocoder in the page', () => {
    describe('files', () => testVocoderFiles(place))
    describe('conditions', () => testVocoderConditions(place))
    describe('of a static host', () => testStaticSite(place))
  })
  describe('the player', () => testPlayer(place))
})
