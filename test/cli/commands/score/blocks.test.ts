import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { concatFloats } from '../../../../src/numeric/concat-floats.js'
import type { GroupCalibration } from '../../../../src/scoring/calibration/file.js'
import type { FileScore } from '../../../../src/scoring/verdict/file-score.js'
import { noise } from '../../../scoring/signals.js'
import { glowcast, saveTinyModel, vowel, vowelRate, writeRecording } from '../../vowel-recordings.js'

type Answer = FileScore & { calibration: { group: string; n: number } }

let folder: string
let model: string
const at = (name: string) => join(folder, name)
const score = (...arguments_: string[]) => glowcast('score', '--model', model, ...arguments_)

async function answersOf(...arguments_: string[]): Promise<{ code: number; answers: Answer[] }> {
  const { code, stdout } = await score(...arguments_, '--json')
  return { code, answers: JSON.parse(stdout) as Answer[] }
}

async function groups(path = join(model, 'calibration.json')): Promise<Record<string, GroupCalibration>> {
  return (JSON.parse(await readFile(path, 'utf8')) as { groups: Record<string, GroupCalibration> }).groups
}

/** Vowels that no calibration has, one after the other. */
function stream(seconds: number, seed: number): Float32Array {
  const vowels = Array.from({ length: Math.ceil(seconds / 0.8) }, (_, i) => vowel(2000 + 100 * seed + i))
  return concatFloats(vowels).subarray(0, Math.round(seconds * vowelRate))
}

function noisyBetween(waveform: Float32Array, from: number, to: number): Float32Array {
  const hiss = noise(waveform.length, 0.02, 9)
  return waveform.map((sample, i) =>
    i >= from * vowelRate && i < to * vowelRate ? sample + hiss[i]! : sample,
  )
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'glowcast-blocks-'))
  model = at('model')
  await saveTinyModel(model)
  await mkdir(at('data'))
  await mkdir(at('more'))
  for (let seed = 0; seed < 100; seed++) {
    await writeRecording(at(`${seed < 60 ? 'data' : 'more'}/${seed}.wav`), vowel(seed))
  }
  const calibrate = ['calibrate', '--model', model, '--data', at('data')]
  const files = await glowcast(...calibrate)
  const blocks = await glowcast(...calibrate, at('more'), '--block-seconds', '1')
  expect([files.code, blocks.code, blocks.stderr]).toEqual([0, 0, ''])
  expect(files.stderr).toContain('calibrated on 40 recordings; with fewer than 50')
})
afterAll(() => rm(folder, { recursive: true }))

describe('glowcast calibrate --block-seconds', () => {
  it('joins what is shorter, and adds a group of blocks beside that of files', async () => {
    const { default: files, blocks } = await groups()
    expect(files).not.toHaveProperty('blockSeconds')
    // 67 recordings of 0.8 s in rows of 32, 32 and 3: 25, 25 and 2 blocks; 33 fit, in rows of 32 and 1.
    expect(blocks).toMatchObject({
      n: 52,
      blockSeconds: 1,
      recordings: 67,
      referenceItems: 25,
      seconds: [1, 1],
    })
    expect(blocks!.scores).toHaveLength(52)
  })

  it('cuts long recordings, says how few they are, and names what it leaves out', async () => {
    await mkdir(at('long'))
    for (let i = 0; i < 9; i++) await writeRecording(at(`long/${i}.wav`), stream(3.35, i))
    await writeRecording(at('long/short.wav'), vowel(1, 0.2))
    const silent = stream(3.35, 12)
    silent.fill(0, vowelRate, 2.5 * vowelRate)
    await writeRecording(at('long/silent.wav'), silent)
    const out = at('long.json')
    const { code, stderr, stdout } = await glowcast(
      ...['calibrate', '--data', at('long'), '--model', model, '--block-seconds', '0.5'],
      ...['--group', 'radio', '--out', out, '--json', '--jobs', '2'],
    )
    expect(code).toBe(0)
    const { radio } = await groups(out)
    expect(radio!.recordings).toBeLessThan(10)
    expect(JSON.parse(stdout)).toMatchObject({ group: 'radio', blockSeconds: 0.5, n: radio!.n })
    expect(stderr).toMatch(/short\.wav.*TOO_SHORT/)
    expect(stderr).toMatch(/silent\.wav, block at .*SILENT/)
    expect(stderr).toMatch(/warning: .*blocks/)
    const { answers } = await answersOf(at('long/1.wav'), '--calibration', out)
    // The only group there is says how to judge.
    expect(answers[0]!.calibration.group).toBe('radio')
    expect(answers[0]!.warnings[0]).toMatchObject({
      code: 'FEW_ITEMS',
      message: `calibrated on ${radio!.n} blocks of ${radio!.recordings} recordings, fewer than 50`,
    })
    expect(answers[0]!.blocks).toHaveLength(7)
  })

  it.each([
    [['--block-seconds', '0.1'], /--block-seconds.*0\.1/],
    [['--block-seconds', '40'], /--block-seconds.*40/],
    [['--block-seconds', '1', '--content', 'x'], /--block-seconds and --content do not go together/],
  ])('refuses %j', async (options, message) => {
    const { code, stderr } = await glowcast('calibrate', '--data', at('data'), '--model', model, ...options)
    expect(code).toBe(1)
    expect(stderr).toMatch(message)
  })
})

describe('glowcast score --block-seconds', () => {
  it('judges a file block by block, and itself by all of them', async () => {
    const clean = await writeRecording(at('clean.wav'), stream(16.4, 1))
    const noisy = await writeRecording(at('noisy.wav'), noisyBetween(stream(16.4, 2), 5, 11))
    const { code, answers } = await answersOf(clean, noisy, '--block-seconds', '1')
    expect(code).toBe(2)
    for (const { blocks, calibration, input } of answers) {
      expect(calibration).toMatchObject({ group: 'blocks', n: 52 })
      expect(input!.seconds).toBeCloseTo(16.4, 3)
      expect(blocks).toHaveLength(17)
      for (const [i, { startSeconds, endSeconds, pValue }] of blocks!.entries()) {
        // The last one ends with the file, and is as long.
        expect(startSeconds).toBeCloseTo(Math.min(i, 15.4), 3)
        expect(endSeconds - startSeconds).toBeCloseTo(1, 3)
        expect(pValue).toBeGreaterThanOrEqual(1 / 53)
      }
    }
    const [good, bad] = answers as [Answer, Answer]
    expect(good).toMatchObject({ decision: 'accept', reasons: [], anomalies: [] })
    expect(good.segmentPValues).toHaveLength(16)
    expect(bad).toMatchObject({ decision: 'reject', reasons: ['noise'] })
    expect(bad.pValue).toBeLessThan(0.01)
    // n = 52: 1 / 53 is the lowest, so that no single block can be refused at 0.01.
    expect(bad.blocks!.map(({ decision }) => decision)).not.toContain('reject')
    expect(bad.warnings.map(({ code }) => code)).toContain('RATE_UNATTAINABLE')
    const lowest = bad.blocks!.filter(({ pValue }) => pValue! < 0.02)
    for (const { startSeconds } of lowest.slice(1, -1)) {
      expect(startSeconds).toBeGreaterThanOrEqual(4)
      expect(startSeconds).toBeLessThanOrEqual(11)
    }
    const strict = await answersOf(noisy, '--group', 'blocks', '--false-alarm-rate', '0.05')
    const refused = strict.answers[0]!.blocks!.filter(({ decision }) => decision !== 'accept')
    expect(refused.length).toBeGreaterThanOrEqual(5)
    expect(refused.length).toBeLessThanOrEqual(9)
    expect(strict.answers[0]!.anomalies.length).toBeGreaterThan(0)
  })

  it('prints the blocks, counts them in CSV, and shows them in the report', async () => {
    const noisy = await writeRecording(at('noisy.wav'), noisyBetween(stream(8, 3), 2, 6))
    const options = [noisy, '--block-seconds', '1', '--false-alarm-rate', '0.05']
    const text = await score(...options)
    expect(text.code).toBe(2)
    expect(text.stdout).toMatch(/^reject {2}.*noisy\.wav: noise.*of 8 blocks not accepted/)
    expect(text.stdout).toMatch(/^ {8}3\.00 to 4\.00 s: reject, noise/m)
    const csv = await score(...options, '--csv', '--html', at('report'))
    const [head, line] = csv.stdout.split('\r\n').map((row) => row.split(','))
    expect(head!.slice(-3)).toEqual(['blocks', 'blocksNotAccepted', 'groupChoice'])
    expect(line!.at(-3)).toBe('8')
    expect(Number(line!.at(-2))).toBeGreaterThanOrEqual(3)
    const html = await readFile(at('report/index.html'), 'utf8')
    expect(html.match(/<rect [^>]*><title>/g)).toHaveLength(8)
    expect(html).toMatch(/The most unusual block, from [1-6]\.0 s on/)
    expect(html.match(/<script/g)).toHaveLength(1)
  })

  it('warns where the blocks are not what calibrated the group, and judges a short file as one block', async () => {
    const long = await writeRecording(at('long.wav'), stream(6, 4))
    const short = await writeRecording(at('short.wav'), vowel(3000))
    const codes = ({ warnings }: Answer) => warnings.map(({ code }) => code)
    const [byFiles] = (await answersOf(long, '--block-seconds', '2')).answers as [Answer]
    expect(byFiles.calibration.group).toBe('default')
    expect(codes(byFiles)).toContain('LENGTH_MISMATCH')
    const [others] = (await answersOf(long, '--block-seconds', '2', '--group', 'blocks')).answers as [Answer]
    expect(codes(others)).toContain('LENGTH_MISMATCH')
    expect(others.blocks).toHaveLength(3)
    const [single] = (await answersOf(short, '--block-seconds', '1')).answers as [Answer]
    // As of a stream: among files, which are as short.
    expect(codes(single)).not.toContain('LENGTH_MISMATCH')
    expect(single.blocks).toMatchObject([{ group: 'default', startSeconds: 0, pValue: single.pValue }])
    const [named] = (await answersOf(short, '--block-seconds', '1', '--group', 'blocks')).answers as [Answer]
    expect(codes(named)).toContain('LENGTH_MISMATCH')
    expect(named.blocks![0]).not.toHaveProperty('group')
    expect(single.segmentPValues).toEqual([])
    const [whole] = (await answersOf(long)).answers as [Answer]
    expect(whole).not.toHaveProperty('blocks')
    expect(whole.calibration.group).toBe('default')
  })

  it('is not for content models, and not for other lengths', async () => {
    const content = await score(at('none.wav'), '--block-seconds', '1', '--content', at('none'))
    expect(content).toMatchObject({ code: 1, stdout: '' })
    expect(content.stderr).toMatch(/--block-seconds and --content do not go together/)
    const long = await score(at('none.wav'), '--block-seconds', '31')
    expect(long.stderr).toMatch(/--block-seconds.*31/)
  })

  it('answers silence, and what is not there, with their codes', async () => {
    const silent = await writeRecording(at('silent.wav'), new Float32Array(4 * vowelRate))
    const partly = stream(6, 5)
    partly.fill(0, vowelRate, 2 * vowelRate)
    const pause = await writeRecording(at('pause.wav'), partly)
    const { answers } = await answersOf(silent, pause, at('none.wav'), '--block-seconds', '1')
    expect(answers[0]).toMatchObject({ decision: 'reject', reasons: ['silence'], error: { code: 'SILENT' } })
    expect(answers[1]!.error).toBeUndefined()
    expect(answers[1]!.blocks![1]).toMatchObject({ pValue: null, decision: 'reject', reasons: ['silence'] })
    expect(answers[2]).toMatchObject({ error: { code: 'IO' } })
  })
})

describe('glowcast score --drift', () => {
  it('raises the alarm over files that change, and says at which of their blocks', async () => {
    const files = []
    for (let i = 0; i < 3; i++) files.push(await writeRecording(at(`before-${i}.wav`), stream(4, 20 + i)))
    const quiet = await score(...files, '--block-seconds', '1', '--drift', '0.05')
    expect(quiet.stderr).toMatch(/^no change found: .* \(evidence \S+ after 12 tests, alarm at 20\)$/m)
    for (let i = 0; i < 2; i++) {
      files.push(await writeRecording(at(`after-${i}.wav`), noisyBetween(stream(8, 30 + i), 0, 8)))
    }
    const { stderr, stdout, code } = await score(
      ...files,
      '--block-seconds',
      '1',
      '--drift',
      '0.05',
      '--json',
    )
    expect(code).toBe(2)
    expect(JSON.parse(stdout)).toHaveLength(5)
    const [, test] = /^warning: from test (\d+) on, .* \(evidence \S+ after 28 tests, alarm at 20\)$/m.exec(
      stderr,
    )!
    // Not before the change at the 13th block, and within a file of it.
    expect(Number(test)).toBeGreaterThan(12)
    expect(Number(test)).toBeLessThanOrEqual(22)
  })

  it('is told of without being asked for when there is one, and refused for two detectors', async () => {
    const files = []
    // None is unusual by itself: p is about 0.2 of each.
    for (let i = 0; i < 30; i++) {
      files.push(await writeRecording(at(`hiss-${i}.wav`), noisyBetween(vowel(4000 + i, 1.2), 0, 2)))
    }
    const { stderr } = await score(...files)
    expect(stderr).toMatch(/^warning: from test \d+ on, the p-values as a whole are not those of normal/m)
    const both = await score(files[0]!, '--drift', '0.05', '--content', at('none'), '--detector', 'both')
    expect(both.stderr).toMatch(/--drift and --detector both do not go together/)
    const bad = await score(files[0]!, '--drift', '2')
    expect(bad).toMatchObject({ code: 1 })
    expect(bad.stderr).toMatch(/--drift/)
  })
})
