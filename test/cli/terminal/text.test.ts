import { describe, expect, it } from 'vitest'
import { scoresCsv } from '../../../src/cli/commands/score/csv.js'
import { oneLine, printable } from '../../../src/cli/terminal/text.js'
import { escapeHtml } from '../../../src/report/page/escape-html.js'
import type { FileScore } from '../../../src/scoring/verdict/file-score.js'

const [colour, control, override] = ['\u001b[31m', '\u009b2J', '\u202egnp.exe']

describe('names of files', () => {
  it('hold nothing that a terminal obeys', () => {
    expect(printable(`${colour}a\tb\n${control}${override}`)).toBe('\\u001b[31ma\tb\n\\u009b2J\\u202egnp.exe')
    expect(oneLine('new\nline\r\t.flac')).toBe('new\\nline\\u000d\\u0009.flac')
    expect(oneLine('Ströme – 語.flac')).toBe('Ströme – 語.flac')
  })

  it('leave JSON what it is', () => {
    const json = JSON.stringify({ file: `${colour}${control}${override}\n` })
    expect(JSON.parse(printable(json))).toEqual(JSON.parse(json))
  })

  it('are no markup and no controls in HTML', () => {
    expect(escapeHtml(`<b>${colour}${override}`)).toBe('&lt;b&gt;\ufffd[31m\ufffdgnp.exe')
  })
})

describe('a CSV of scores', () => {
  const score = (file: string): FileScore => ({
    file,
    bitsPerSample: -1.5,
    natsPerSample: null,
    pValue: 0.5,
    decision: 'accept',
    reasons: [],
    anomalies: [],
    segmentPValues: [],
    warnings: [],
  })
  const firstCell = (file: string) =>
    scoresCsv([score(file)])
      .split('\r\n')[1]!
      .replace(/,accept,.*/, '')

  it.each([
    ['=cmd|calc!A1.flac', "'=cmd|calc!A1.flac"],
    ['@SUM(A1).flac', "'@SUM(A1).flac"],
    ['+1.flac', "'+1.flac"],
    ['-1.flac', "'-1.flac"],
    [' =1.flac', "' =1.flac"],
    ['\t=1.flac', "'\\u0009=1.flac"],
    ['\r=1.flac', "'\\u000d=1.flac"],
    ['=HYPERLINK("x","y").flac', `"'=HYPERLINK(""x"",""y"").flac"`],
    ['a,b.flac', '"a,b.flac"'],
    ['new\nline.flac', 'new\\nline.flac'],
    [`${colour}red.flac`, '\\u001b[31mred.flac'],
    ['plain-name.flac', 'plain-name.flac'],
  ])('writes %j as a text', (file, cell) => {
    expect(firstCell(file)).toBe(cell)
  })

  it('leaves numbers alone', () => {
    expect(scoresCsv([score('a.flac')])).toContain('a.flac,accept,0.5,-1.5,,')
  })
})
