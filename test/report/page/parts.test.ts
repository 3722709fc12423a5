import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { stackedCharts } from '../../../src/report/charts/line-chart.js'
import { Transcripts } from '../../../src/report/evaluation/transcripts.js'
import { worstFirst } from '../../../src/report/evaluation/worst-first.js'
import { formatChange } from '../../../src/report/page/format-number.js'
import { playerHtml } from '../../../src/report/page/player-html.js'
import { pairFigures } from '../../evaluation/pair-figures.js'

describe('worstFirst', () => {
  it('ranks by all figures, so that one that is good hides nothing', () => {
    const usual = pairFigures()
    const flattered = pairFigures({
      logMelL1: 0.01,
      bandErrorAbove8kHz: 3,
      logMagnitudeL1: 2,
      voicingF1: 0.5,
    })
    const best = pairFigures({
      logMelL1: 0.02,
      bandErrorAbove8kHz: 0.1,
      logMagnitudeL1: 0.3,
      voicingF1: 0.99,
    })
    expect(worstFirst([best, usual, flattered])).toEqual([2, 1, 0])
  })

  it('keeps the order of equals, and has no opinion by a figure that is missing', () => {
    expect(worstFirst([pairFigures(), pairFigures({ f0ErrorCents: null }), pairFigures()])).toEqual([0, 1, 2])
    expect(worstFirst([])).toEqual([])
  })
})

describe('Transcripts', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'glowcast-said-'))
    await mkdir(join(folder, 'wavs'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('finds the file beside a recording before the table', async () => {
    await writeFile(join(folder, 'metadata.csv'), 'a|from the table|spelt out\nwavs/b.wav|with a path\n')
    await writeFile(join(folder, 'wavs', 'a.txt'), ' Two\n lines. \n')
    const transcripts = new Transcripts()
    expect(await transcripts.of(join(folder, 'wavs', 'a.wav'))).toBe('Two lines.')
    expect(await transcripts.of(join(folder, 'wavs', 'b.flac'))).toBe('with a path')
    expect(await transcripts.of(join(folder, 'a.wav'))).toBe('from the table')
    expect(await transcripts.of(join(folder, 'none.wav'))).toBeUndefined()
  })

  it('takes a name with dots as it is, and no byte order mark for a part of the first', async () => {
    const table = '\uFEFFs1.1|first\ns1.2.wav|second\n'
    await writeFile(join(folder, 'metadata.csv'), table)
    const transcripts = new Transcripts()
    expect(await transcripts.of(join(folder, 's1.1.wav'))).toBe('first')
    expect(await transcripts.of(join(folder, 's1.2.wav'))).toBe('second')
  })

  it('takes neither alignments nor pipes for what is said', async () => {
    await writeFile(join(folder, 'a.lab'), '0 2500000 sil\n2500000 3100000 h\n')
    await writeFile(join(folder, 'b.lab'), '3 words here\n')
    execFileSync('mkfifo', [join(folder, 'c.txt')])
    const transcripts = new Transcripts()
    expect(await transcripts.of(join(folder, 'a.wav'))).toBeUndefined()
    expect(await transcripts.of(join(folder, 'b.wav'))).toBe('3 words here')
    expect(await transcripts.of(join(folder, 'c.wav'))).toBeUndefined()
  })
})

describe('playerHtml', () => {
  const side = (caption: string, loudnessLufs: number | null) => ({
    caption,
    loudnessLufs,
    audioUrl: `${caption}.wav`,
    pictures: [{ caption, imageUrl: `${caption}.png`, highest: '11 kHz' }],
  })

  it('turns louder versions down to the quietest, and never up', () => {
    const html = playerHtml({
      id: 'x',
      name: 'x',
      seconds: 2,
      sides: [side('loud', -20), side('quiet', -26), side('silent', null)],
      marks: [],
    })
    // 6 dB are a factor of 0.501.
    expect([...html.matchAll(/data-matched="([\d.]+)"/g)].map(([, volume]) => volume)).toEqual([
      '0.5012',
      '1.0000',
      '1.0000',
    ])
    expect(html).toContain('Match loudness')
  })

  it('puts marks where they are in the sound, within the picture', () => {
    const marks = [
      { startSeconds: 0.5, endSeconds: 1, label: 'click <b>' },
      { startSeconds: 1.9, endSeconds: 9, label: 'hum' },
    ]
    const html = playerHtml({ id: 'x', name: 'x', seconds: 2, sides: [side('one', -20)], marks })
    expect(html).toContain('style="left:25.000%;width:25.000%"')
    expect(html).toContain('style="left:95.000%;width:5.000%"')
    expect(html).toContain('data-seek="0.500"')
    expect(html).not.toContain('click <b>')
    expect(html).not.toContain('Match loudness')
  })
})

it('charts that are stacked stand below one another, in one picture', () => {
  const chart = {
    xLabel: 'x',
    yLabel: 'y',
    series: [{ name: 'a', points: [[0, 1] as const, [1, 2] as const] }],
  }
  const svg = stackedCharts('Both', [
    { ...chart, title: 'First', height: 200 },
    { ...chart, title: 'Second', height: 100 },
  ])
  expect(svg).toContain('height="300"')
  expect(svg).toContain('translate(0 200)')
  expect(svg.match(/<style>/g)).toHaveLength(1)
})

it('changes have a sign', () => {
  expect([-0.5, 0.25, 12.34].map(formatChange)).toEqual(['−0.500', '+0.250', '+12.3'])
})
