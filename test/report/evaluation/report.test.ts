import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decode } from 'fast-png'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { decodeWav } from '../../../src/audio/wav/wav.js'
import { summarise } from '../../../src/evaluation/summary.js'
import { type ReportOptions, readReportSound, writeReport } from '../../../src/report/evaluation/report.js'
import { type EvaluationRun, loadEvaluationRun } from '../../../src/report/evaluation/run.js'
import { pairFigures } from '../../evaluation/pair-figures.js'
import { gain, noise, sampleRate } from '../../evaluation/signals.js'

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
    { name: '../../escape', reference, synthesis: reference, transcript: 'He said "<b>".' },
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
    // Sound first.
    expect(html.indexOf('<audio')).toBeLessThan(html.indexOf('Log-mel L1'))
  })

  it('escapes every text, and lets no script run but its own', async () => {
    await writeReport(dir, options)
    const html = await readFile(join(dir, 'index.html'), 'utf8')
    expect(html).not.toContain('<img src=x>')
    expect(html).not.toContain('<phrases>')
    expect(html.match(/<script/g)).toHaveLength(1)
    const own = /<script type="module">([\s\S]*?)<\/script>/.exec(html)![1]!
    const hash = createHash('sha256').update(own).digest('base64')
    expect(html).toContain(`content="default-src 'none'; script-src 'sha256-${hash}';`)
    expect(html).toContain('He said &quot;&lt;b&gt;&quot;.')
    expect(html).toContain('Judging &lt;phrases&gt;')
    expect(html).toContain('arctic_a0007 &quot;quoted&quot; &lt;img src=x&gt;')
    expect(html).toContain('glowcast &amp; co')
  })

  it('is one file when embedded, and asks for nothing elsewhere', async () => {
    await writeReport(dir, { ...options, embed: true })
    expect(await readdir(dir)).toEqual(['index.html'])
    const html = await readFile(join(dir, 'index.html'), 'utf8')
    const urls = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, url]) => url!)
    const [icon, ...media] = urls.filter((url) => !url.startsWith('#'))
    expect(icon).toBe('data:,')
    expect(media).toHaveLength(8)
    for (const url of media) expect(url).toMatch(/^data:(image\/png|audio\/wav);base64,/)
  })

  it('writes what was measured, with the sounds that it shows, and lists every file worst first', async () => {
    const file = (name: string, logMelL1: number) => {
      const { bandErrors: _, seconds, ...figures } = pairFigures({ logMelL1 })
      return { name, seconds, figures, bitsPerSample: 7 }
    }
    const run: EvaluationRun = {
      version: 1,
      model: { folder: 'voice' },
      settings: { damage: 'none', seed: 0, temperature: 1 },
      sampleRate,
      files: [file('../../escape', 0.1), file('not shown', 0.9), file('middle', 0.5)],
    }
    await writeReport(dir, { ...options, run })
    const written = await loadEvaluationRun(dir)
    expect(written.files[0]!.sound).toBe('audio/002-escape-resynthesis.wav')
    expect(written.files[1]!.sound).toBeUndefined()
    expect(await readReportSound(dir, written.files[0]!.sound!)).toHaveLength(reference.length)
    const html = await readFile(join(dir, 'index.html'), 'utf8')
    const rows = html.slice(html.indexOf('id="files"'))
    expect(rows.indexOf('not shown')).toBeLessThan(rows.indexOf('middle'))
    expect(rows.indexOf('middle')).toBeLessThan(rows.indexOf('../../escape'))
    expect(rows).toContain('<a href="#entry-1">../../escape</a>')
  })

  it('says where it cannot write', async () => {
    await writeReport(dir, options)
    await expect(writeReport(join(dir, 'index.html'), options)).rejects.toMatchObject({ code: 'IO' })
  })
})
