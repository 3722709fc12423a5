import { cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeWav } from '../../../src/audio/wav/wav.js'
import { recordingsOf } from '../../../src/cli/terminal/recordings.js'
import { RandomStream } from '../../../src/numeric/random.js'
import { holdOut } from '../../../src/scoring/texture/calibration/calibrate.js'
import type { FileScore } from '../../../src/scoring/verdict/file-score.js'
import { noise } from '../../scoring/signals.js'
import { glowcast } from '../vowel-recordings.js'

const sampleRate = 22_050
let folder: string
const at = (name: string) => join(folder, name)

/** A machine: harmonics of a turning shaft in noise; each seed gives another speed and level. */
function machine(seed: number, { seconds = 1, octave = 1, rate = sampleRate } = {}): Float32Array {
  const random = new RandomStream(seed, 21)
  const hz = octave * (100 + 20 * random.uniform())
  const level = 0.05 + 0.03 * random.uniform()
  return noise(Math.round(seconds * rate), 0.01, seed).map((breath, i) => {
    const phase = (2 * Math.PI * hz * i) / rate
    let sum = breath
    // sin(kx) by those of the two harmonics below it: a sine of each takes many times as long.
    let [below, sine] = [0, Math.sin(phase)]
    const twice = 2 * Math.cos(phase)
    for (let k = 1; k <= 8; k++) {
      sum += (level / k) * sine
      ;[below, sine] = [sine, twice * sine - below]
    }
    return sum
  })
}

async function write(name: string, waveform: Float32Array, rate = sampleRate): Promise<string> {
  await writeFile(at(name), encodeWav({ sampleRate: rate, channels: [waveform] }, { format: 'int16' }))
  return at(name)
}

async function scoresOf(files: string[], ...options: string[]) {
  const { code, stdout, stderr } = await glowcast('score', ...files, '--json', ...options)
  expect(stderr).toBe('')
  return { code, scores: JSON.parse(stdout) as FileScore[] }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'glowcast-content-'))
  for (const name of ['data', 'other', 'more', 'wrong']) await mkdir(at(name))
  for (let seed = 0; seed < 40; seed++) await write(`data/${seed}.wav`, machine(seed))
  for (let seed = 100; seed < 116; seed++) await write(`other/${seed}.wav`, machine(seed, { octave: 4 }))
  for (let seed = 300; seed < 304; seed++) await write(`wrong/${seed}.wav`, machine(seed, { octave: 2 }))
  for (let seed = 200; seed < 230; seed++) await write(`more/${seed}.wav`, machine(seed))
  const basics = ['content', 'train', '--data', at('data'), '--steps', '10', '--json']
  const made = await glowcast(...basics, '--out', at('alone'), '--calibration-share', '0.5')
  expect(made.stderr).toContain('calibrated on 20 recordings; with fewer than 50')
  expect(JSON.parse(made.stdout)).toMatchObject({ recordings: 20, background: 0, calibrated: 20 })
  const others = ['--background', at('other'), '--negatives', at('wrong')]
  const second = await glowcast(...basics, '--out', at('ratio'), ...others)
  const kinds = { recordings: 28, background: 16, negatives: 4, calibrated: 12 }
  expect(JSON.parse(second.stdout)).toMatchObject(kinds)
})
afterAll(() => rm(folder, { recursive: true }))

describe('glowcast content train', () => {
  it('writes a small folder', async () => {
    for (const name of ['alone', 'ratio']) {
      const { size } = await stat(at(`${name}/weights.safetensors`))
      expect(size).toBeLessThan(2_000_000)
    }
  })

  it('refuses too few recordings, and recordings that are both normal and background', async () => {
    await mkdir(at('few'), { recursive: true })
    await cp(at('data/1.wav'), at('few/1.wav'))
    const few = await glowcast('content', 'train', '--data', at('few'), '--out', at('x'))
    expect(few).toMatchObject({ code: 1 })
    expect(few.stderr).toContain('at least 8 for training')
    const data = ['--data', at('other'), '--background', at('other')]
    const both = await glowcast('content', 'train', ...data, '--out', at('x'), '--calibration-share', '0')
    expect(both).toMatchObject({ code: 1 })
    expect(both.stderr).toContain('of the normal recordings')
  })

  it('says that --out cannot be written before anything is read', async () => {
    await mkdir(at('taken'), { recursive: true })
    await writeFile(at('taken/notes.txt'), 'mine')
    const { code, stderr } = await glowcast(
      ...['content', 'train', '--data', at('no such folder'), '--out', at('taken')],
    )
    expect(code).toBe(1)
    expect(stderr).toContain('taken: got a folder that holds notes.txt')
  })

  it('refuses as background what calibrates as well as what trains', async () => {
    const { heldOut } = holdOut(await recordingsOf([at('other')]), 0.5, 0)
    await mkdir(at('overlap'), { recursive: true })
    await cp(heldOut[0]!.path, at('overlap/0.wav'))
    const { code, stderr } = await glowcast(
      ...['content', 'train', '--data', at('other'), '--calibration-share', '0.5', '--out', at('x')],
      ...['--background', at('wrong'), at('overlap')],
    )
    expect(code).toBe(1)
    expect(stderr).toContain('--background: got 1 of the normal recordings')
  })

  it('refuses folders of which nothing can be used', async () => {
    for (const name of ['mute', 'text', 'empty']) await mkdir(at(name), { recursive: true })
    for (let i = 0; i < 12; i++) {
      await write(`mute/${i}.wav`, new Float32Array(sampleRate))
      await writeFile(at(`text/${i}.wav`), 'no audio')
    }
    const cases = [
      { options: ['--data', at('mute')], says: '0 recordings that can be used' },
      { options: ['--data', at('text')], says: 'UNSUPPORTED_FORMAT' },
      { options: ['--data', at('empty')], says: 'no audio file' },
      {
        options: ['--data', at('other'), '--negatives', at('mute')],
        says: '--negatives: got 12 recordings, none',
      },
      {
        options: ['--data', at('other'), '--background', at('text')],
        says: '--background: got 12 recordings, none',
      },
    ]
    for (const { options, says } of cases) {
      const { code, stderr } = await glowcast('content', 'train', ...options, '--out', at('x'))
      expect(code).toBe(1)
      expect(stderr).toContain(says)
    }
  })
})

describe.each(['alone', 'ratio'])('glowcast score --content, %s', (name) => {
  it('accepts the machine at any rate, and refuses another sound', async () => {
    const strange = [
      await write('faster.wav', machine(902, { octave: 4 })),
      await write('noise.wav', noise(22_050, 0.1)),
      await write(
        'tone.wav',
        Float32Array.from({ length: 22_050 }, (_, i) => 0.3 * Math.sin(0.2 * i)),
      ),
    ]
    const normal: string[] = []
    for (let seed = 910; seed < 920; seed++) normal.push(await write(`${seed}.wav`, machine(seed)))
    normal.push(await write('rate.wav', machine(920, { rate: 44_100 }), 44_100))
    const { code, scores } = await scoresOf(
      [...strange, ...normal],
      ...['--content', at(name), '--false-alarm-rate', '0.1'],
    )
    expect(code).toBe(2)
    for (const score of scores.slice(0, 3)) {
      expect(score).toMatchObject({
        decision: 'reject',
        reasons: ['wrong content'],
        bitsPerSample: null,
        detector: 'content',
        pValues: { content: score.pValue },
        anomalies: [{ startSeconds: 0, endSeconds: 1, kind: 'wrong content' }],
      })
    }
    const alarms = scores.slice(3).filter(({ decision }) => decision !== 'accept').length
    // 11 tests at 0.1: more than 4 would happen in 0.3 % of runs; the few that calibrate vary as much again.
    expect(alarms).toBeLessThanOrEqual(4)
    expect(scores.at(-1)!.warnings.map((warning) => warning.code)).toContain('RATE_MISMATCH')
  })

  it('gives silence, constants, short files and what cannot be read a defined answer', async () => {
    const files = [
      await write('silence.wav', new Float32Array(22_050)),
      await write('constant.wav', new Float32Array(22_050).fill(0.4)),
      await write('short.wav', machine(904, { seconds: 0.1 })),
      at('nothing.wav'),
    ]
    const { code, scores } = await scoresOf(files, '--content', at(name))
    expect(code).toBe(1)
    expect(scores.map(({ error }) => error?.code)).toEqual(['SILENT', 'SILENT', 'TOO_SHORT', 'IO'])
    for (const score of scores) expect(score).toMatchObject({ decision: 'reject', pValue: null })
  })

  it('judges a recording of low gain, which the texture calls silence', async () => {
    // The machine is at −28 dB or so: 40 dB less are below −60.
    const quiet = machine(907).map((sample) => 0.01 * sample)
    const { scores } = await scoresOf([await write('quiet.wav', quiet)], '--content', at(name))
    expect(scores[0]!.error).toBeUndefined()
    expect(scores[0]!.input!.levelDb).toBeLessThan(-60)
    expect(scores[0]!.pValue).not.toBeNull()
  })

  it('finds the segment of a long file where the sound changes', async () => {
    const long = machine(905, { seconds: 40 })
    long.set(machine(906, { seconds: 17, octave: 4 }), 22 * sampleRate)
    const { scores } = await scoresOf(
      [await write('long.wav', long)],
      ...['--content', at(name), '--false-alarm-rate', '0.2'],
    )
    // 40 s are two segments of 20 s; the change lies in the second.
    expect(scores[0]!.decision).toBe('reject')
    const starts = scores[0]!.anomalies.map(({ startSeconds }) => Math.round(startSeconds))
    expect(starts).toContain(20)
    expect(scores[0]!.warnings.map((warning) => warning.code)).toContain('LENGTH_MISMATCH')
  })
})

it('warns of a file that trained the model', async () => {
  const options = ['--content', at('ratio')]
  const { scores } = await scoresOf([at('other/100.wav'), at('more/200.wav')], ...options)
  const warned = scores.map(({ warnings }) => warnings.some(({ code }) => code === 'TRAINED_ON'))
  expect(warned).toEqual([true, false])
})

describe('glowcast calibrate --content', () => {
  it('adds a group of recordings that did not train, and leaves out those that did', async () => {
    const options = ['--content', at('alone'), '--group', 'night', '--json']
    const { code, stdout } = await glowcast('calibrate', '--data', at('more'), ...options)
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ group: 'night', n: 30, skipped: 0 })
    const trained = await glowcast('calibrate', '--data', at('data'), '--out', at('own.json'), ...options)
    expect(JSON.parse(trained.stdout)).toMatchObject({ n: 20, skipped: 20 })
    expect(trained.stderr).toContain('it trained the model')
    const wrong = await glowcast(
      ...['calibrate', '--data', at('more'), '--out', at('own.json'), '--negatives', at('wrong'), ...options],
    )
    // 30 recordings reach no p of 0.01. The wrong speed is an octave off: all are found where they can be.
    expect(JSON.parse(wrong.stdout).negatives).toEqual({
      n: 4,
      atRates: [
        { rate: 0.1, found: 1 },
        { rate: 0.05, found: 1 },
        { rate: 0.01, found: null },
      ],
    })
    const groups = ['--content-group', 'night', '--content', at('alone')]
    const { scores } = await scoresOf([at('more/200.wav')], ...groups)
    expect(scores[0]).toMatchObject({ contentCalibration: { group: 'night', n: 30 } })
  })

  it('counts a recording once, however many copies there are', async () => {
    await mkdir(at('copies'), { recursive: true })
    for (let i = 0; i < 3; i++) {
      for (const seed of [200, 201]) await cp(at(`more/${seed}.wav`), at(`copies/${seed}-${i}.wav`))
    }
    const options = ['--content', at('alone'), '--group', 'copies', '--out', at('copies.json'), '--json']
    const { stdout, stderr } = await glowcast('calibrate', '--data', at('copies'), ...options)
    expect(JSON.parse(stdout)).toMatchObject({ n: 2, skipped: 4 })
    expect(stderr).toContain('a copy of another recording')
  })

  it('is refused with another model', async () => {
    await cp(at('alone'), at('mixed'), { recursive: true })
    await cp(at('ratio/calibration.json'), at('mixed/calibration.json'))
    const { code, stderr } = await glowcast('score', at('data/1.wav'), '--content', at('mixed'))
    expect(code).toBe(1)
    expect(stderr).toContain('a calibration of another model')
  })
})

describe('glowcast score --detector', () => {
  it('names what does not go together', async () => {
    const file = at('data/1.wav')
    const cases = [
      { options: ['--detector', 'both'], says: '--detector both needs --content' },
      {
        options: ['--detector', 'texture', '--content', at('alone')],
        says: '--content and --detector texture do not go together',
      },
      { options: ['--content', at('data')], says: 'manifest.json' },
      {
        options: ['--content', at('alone'), '--detector', 'both', '--drift', '0.1'],
        says: '--drift and --detector both do not go together',
      },
      { options: ['--content', at('alone'), '--content-group', 'day'], says: '--content-group: got "day"' },
    ]
    for (const { options, says } of cases) {
      const { code, stderr } = await glowcast('score', file, ...options)
      expect(code).toBe(1)
      expect(stderr).toContain(says)
    }
  })

  it('tells of drift over the files when asked', async () => {
    const options = ['--content', at('alone'), '--drift', '0.1']
    const { stderr } = await glowcast('score', at('data/1.wav'), at('data/2.wav'), ...options)
    expect(stderr).toMatch(/no change found: .* \(evidence .* after 2 tests, alarm at 10\)/)
  })

  it('gives the same with threads, and writes a report with pictures and players', async () => {
    const files = [at('data/1.wav'), at('other/100.wav'), at('nothing.wav')]
    const options = ['--content', at('ratio'), '--false-alarm-rate', '0.1']
    const { code, scores } = await scoresOf(files, ...options)
    const inThreads = ['--jobs', '2', '--html', at('report')]
    const threads = await glowcast('score', ...files, '--json', ...options, ...inThreads)
    expect(threads).toMatchObject({ code, stderr: '' })
    expect(JSON.parse(threads.stdout)).toEqual(scores)
    const page = await readFile(at('report/index.html'), 'utf8')
    expect(page.match(/<audio /g)).toHaveLength(2)
    expect(page).toContain('How much likelier the background makes each patch')
    expect(page).toMatch(/<td[^>]*>wrong content</)
    for (const [, source] of page.matchAll(/src="([^"]+)"/g)) {
      expect((await stat(at(`report/${source}`))).size).toBeGreaterThan(0)
    }
  })

  it('takes both at half the rate each', async () => {
    const { scores } = await scoresOf(
      [at('data/1.wav')],
      ...['--content', at('ratio'), '--detector', 'both', '--false-alarm-rate', '0.1'],
    )
    const { pValue, pValues } = scores[0]!
    expect(pValue).toBeCloseTo(Math.min(1, 2 * Math.min(pValues!.texture!, pValues!.content!)), 12)
    expect(scores[0]!.bitsPerSample).not.toBeNull()
    const config = JSON.parse(await readFile(at('ratio/config.json'), 'utf8'))
    expect(config.training.files).toHaveLength(48)
  })
})
