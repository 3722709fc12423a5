import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decode } from 'fast-png'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { decodeWav } from '../../src/audio/wav.js'
import { type ReportOptions, writeReport } from '../../src/evaluation/report.js'
import { summarise } from '../../src/evaluation/summary.js'
import { pairFigures } from './pair-figures.js'
import { gain, noise, sampleRate } from './signals.js'

const reference = noise(sampleRate / 2, 1)
const pair = pairFigures({ logMelL1: 0.2875 })
const options: ReportOptions = {
  title: 'Judging <phrases>',
  model: { name: 'glowcast & co', 'training steps': 3500 },
  figures: summarise([pair, pairFigures({ logMelL1: 0.3125, spectralEnergyDistance: null })]),
  extraFigures: [
    { label: 'Bits per sample', unit: 'bits', better: 'lower', meaning: 'At 16 bits.', value: 7.325 },
  ],
  items: [
    { name: 'arctic_a0007 "quoted" <img src=x>', reference, synthesis: gain(reference, 0.9), figures: pair },
    { name: '../../escape', reference, synthesis: reference },
  ],
  sampleRate,
}

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'glowcast-report-'))
})
afterEach(() => rm(dir, { recursive: true }))

describe('writeReport', () => {
  it('writes page, pictures and sounds, under names of its own making', async () => {
    expect(await writeReport(dir, options)).toBe(join(dir, 'index.html'))
    const stems = ['001-arctic-a0007-quoted-img-src-x', '002-escape']
    const names = (extension: string) =>
      stems.flatMap((stem) => [`${stem}-recording.${extension}`, `${stem}-resynthesis.${extension}`])
    expect((await readdir(join(dir, 'audio'))).sort()).toEqual(names('wav'))
    expect((await readdir(join(dir, 'img'))).sort()).toEqual(names('png'))
    const html = await readFile(join(dir, 'index.html'), 'utf8')
    for (const name of names('wav')) expect(html).toContain(`src="audio/${name}"`)
    for (const name of names('png')) expect(html).toContain(`src="img/${name}"`)
  })

  it('writes sound and pictures that decode', async () => {
    await writeReport(dir, options)
    const wav = decodeWav(await readFile(join(dir, 'audio', '002-escape-recording.wav')))
    expect(wav.sampleRate).toBe(sampleRate)
    expect(wav.channels[0]).toHaveLength(reference.length)
    // 16 bits: half a step.
    expect(Math.abs(wav.channels[0]![777]! - reference[777]!)).toBeLessThan(0.51 / 32768)
    expect(decode(await readFile(join(dir, 'img', '002-escape-recording.png'))).height).toBe(256)
  })

  it('shows every figure with its mean and interval', async () => {
    await writeReport(dir, options)
    const html = await readFile(join(dir, 'index.html'), 'utf8')
    for (const text of [
      'Log-mel L1',
      '0.300',
      '0.287 – 0.313',
      'F0 error',
      'cents',
      'Best when equal to the recording.',
      'Lower is better.',
      '3500',
    ]) {
      expect(html).toContain(text)
    }
    expect(html).toContain('Bits per sample')
    expect(html).toContain('7.325')
    expect(html).toContain('2 files, 6.0 s of speech')
  })

  it('escapes every text and runs no script', async () => {
    await writeReport(dir, options)
    const html = await readFile(join(dir, 'index.html'), 'utf8')
    expect(html).not.toContain('<img src=x>')
    expect(html).not.toContain('<phrases>')
    expect(html).not.toContain('<script')
    expect(html).toContain('Judging &lt;phrases&gt;')
    expect(html).toContain('arctic_a0007 &quot;quoted&quot; &lt;img src=x&gt;')
    expect(html).toContain('glowcast &amp; co')
  })

  it('is one file when embedded, and asks for nothing elsewhere', async () => {
    await writeReport(dir, { ...options, embed: true })
    expect(await readdir(dir)).toEqual(['index.html'])
    const html = await readFile(join(dir, 'index.html'), 'utf8')
    const urls = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, url]) => url!)
    expect(urls).toHaveLength(8)
    for (const url of urls) expect(url).toMatch(/^data:(image\/png|audio\/wav);base64,/)
  })

  it('says where it cannot write', async () => {
    await writeReport(dir, options)
    await expect(writeReport(join(dir, 'index.html'), options)).rejects.toMatchObject({ code: 'IO' })
  })
})
