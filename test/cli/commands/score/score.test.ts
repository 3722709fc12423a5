import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { resample } from '../../../../src/audio/resample.js'
import { encodeWav } from '../../../../src/audio/wav/wav.js'
import type { FileScore } from '../../../../src/scoring/verdict/file-score.js'
import { noise } from '../../../scoring/signals.js'
import {
  glowcast as run,
  vowelRate as sampleRate,
  saveTinyModel,
  vowel,
  writeRecording,
} from '../../vowel-recordings.js'

/** Short: measuring them is what takes the time. */
const voice = (seed: number, seconds = 0.55) => vowel(seed, seconds)

let folder: string
let model: string
const at = (name: string) => join(folder, name)

function glowcast(...arguments_: string[]): ReturnType<typeof run> {
  return run(...arguments_, ...(arguments_.includes('--model') ? [] : ['--model', model]))
}

function write(name: string, waveform: Float32Array, rate?: number): Promise<string> {
  return writeRecording(at(name), waveform, rate)
}

async function scoresOf(
  files: string[],
  ...options: string[]
): Promise<{ code: number; scores: FileScore[] }> {
  const { code, stdout, stderr } = await glowcast('score', ...files, '--json', ...options)
  expect(stderr).toBe('')
  return { code, scores: JSON.parse(stdout) as FileScore[] }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'glowcast-score-'))
  model = at('model')
  await saveTinyModel(model)
  await mkdir(at('data'))
  // 20 to train with, whose phrases are multiples of 20, and 100 held out, whose phrases are 7 more.
  for (let i = 0; i < 120; i++) await write(`data/phrase-${20 * i + (i < 20 ? 0 : 7)}.wav`, voice(i))
  const options = ['--group', 'vowels', '--split', 'held-out']
  const { code, stderr } = await glowcast('calibrate', '--data', at('data'), ...options)
  expect(stderr).toBe('')
  expect(code).toBe(0)
})
afterAll(() => rm(folder, { recursive: true }))

describe('glowcast score', () => {
  it('accepts what is like the calibration, and finds what is not, where it is', async () => {
    const burst = voice(701)
    burst.set(noise(600, 0.4), 8000)
    const files = [
      await write('good.wav', voice(700)),
      await write('burst.wav', burst),
      await write('noise.wav', noise(20_000, 0.1)),
    ]
    const { code, scores } = await scoresOf(files)
    expect(code).toBe(2)
    expect(scores.map(({ decision }) => decision)).toEqual(['accept', 'reject', 'reject'])
    expect(scores[1]!.reasons).toContain('noise')
    expect(scores[2]!.reasons).toContain('noise')
    const { startSeconds, endSeconds, pValue } = scores[1]!.anomalies[0]!
    // Within four mel frames of the burst's edges.
    expect(Math.abs(startSeconds - 8000 / sampleRate)).toBeLessThan(0.05)
    expect(Math.abs(endSeconds - 8600 / sampleRate)).toBeLessThan(0.05)
    // What is held out calibrates: 100.
    expect(pValue).toBeGreaterThanOrEqual(1 / 101)
    for (const score of scores) {
      expect(score.pValue).toBeGreaterThanOrEqual(1 / 101)
      expect(score.bitsPerSample).toBeCloseTo(score.natsPerSample! / Math.LN2 + 15, 9)
      expect(score).toMatchObject({ calibration: { group: 'vowels', n: 100 }, input: { sampleRate } })
    }
    expect((await scoresOf([files[0]!])).code).toBe(0)
  })

  it('keeps its false-alarm rate on new recordings', async () => {
    const files: string[] = []
    for (let seed = 1000; seed < 1030; seed++) files.push(await write(`${seed}.wav`, voice(seed)))
    const { scores } = await scoresOf(files, '--false-alarm-rate', '0.1')
    const alarms = scores.filter(({ decision }) => decision !== 'accept').length
    // 30 tests at 0.1: more than 8 would happen in 0.2 % of runs; the calibration itself varies by as much again.
    expect(alarms).toBeLessThanOrEqual(9)
  })

  it('never takes silence, constants, tones or square waves for good speech', async () => {
    const sine = Float32Array.from({ length: 20_000 }, (_, i) => 0.3 * Math.sin(0.2 * i))
    const files = [
      await write('silence.wav', new Float32Array(20_000)),
      await write('constant.wav', new Float32Array(20_000).fill(0.4)),
      await write('tone.wav', sine),
      await write(
        'square.wav',
        sine.map((sample) => (sample >= 0 ? 1 : -1)),
      ),
    ]
    const { code, scores } = await scoresOf(files)
    expect(code).toBe(2)
    expect(scores.map(({ decision }) => decision)).not.toContain('accept')
    expect(scores[0]).toMatchObject({
      decision: 'reject',
      reasons: ['silence'],
      pValue: null,
      error: { code: 'SILENT' },
    })
    expect(scores[1]).toMatchObject({ error: { code: 'SILENT' } })
    expect(scores[3]!.reasons).toContain('clipping')
  })

  it('answers for files that it cannot score, and goes on', async () => {
    const broken = Buffer.from(encodeWav({ sampleRate, channels: [voice(2)] }, { format: 'float32' }))
    broken.writeFloatLE(Number.NaN, broken.length - 4)
    await writeFile(at('nan.wav'), broken)
    await writeFile(at('zero.wav'), '')
    const short = await write('short.wav', voice(3, 0.05))
    const good = await write('good-too.wav', voice(700))
    const files = [at('nan.wav'), at('zero.wav'), short, at('missing.wav'), good]
    const { code, scores } = await scoresOf(files)
    expect(code).toBe(1)
    expect(scores.map(({ error }) => error?.code)).toEqual([
      'NON_FINITE',
      'INVALID_AUDIO',
      'TOO_SHORT',
      'IO',
      undefined,
    ])
    expect(scores[4]!.decision).toBe('accept')
    expect((await scoresOf([short])).code).toBe(2)
    // Threads give the same answers, in the order of the files.
    const threads = await glowcast('score', ...files, '--json', '--jobs', '2')
    expect(threads).toMatchObject({ code, stderr: '' })
    expect(JSON.parse(threads.stdout)).toEqual(scores)
  })

  it('decides on copies with DC, at another level, at another rate', async () => {
    const original = voice(700, 0.9)
    const files = [
      await write('original.wav', original),
      await write(
        'dc.wav',
        original.map((sample) => sample + 0.1),
      ),
      await write(
        'quieter.wav',
        original.map((sample) => 0.25 * sample),
      ),
      await write('faster-rate.wav', resample(original, sampleRate, 48_000), 48_000),
    ]
    const { scores } = await scoresOf(files)
    // The mean is taken away; what is left differs by the rounding to 16 bits.
    expect(scores[1]!.decision).toBe(scores[0]!.decision)
    expect(scores[1]!.input!.dc - scores[0]!.input!.dc).toBeCloseTo(0.1, 4)
    expect(scores[1]!.natsPerSample).toBeCloseTo(scores[0]!.natsPerSample!, 1)
    // The reference knows copies that are quieter still.
    expect(scores[2]!.decision).toBe(scores[0]!.decision)
    expect(scores[2]!.input!.levelDb! - scores[0]!.input!.levelDb!).toBeCloseTo(-12, 1)
    expect(scores[3]!.warnings.map(({ code }) => code)).toContain('RATE_MISMATCH')
    for (const { pValue } of scores) expect(pValue).toBeGreaterThanOrEqual(1 / 101)
  })

  it('says that it resampled, prints CSV, and writes a report', async () => {
    const file = await write('"slow".wav', voice(4, 1.6), 44_100)
    const { scores } = await scoresOf([file])
    expect(scores[0]!.warnings.map(({ code }) => code)).toContain('RATE_MISMATCH')
    const { stdout } = await glowcast('score', file, '--csv', '--html', at('report'))
    expect(stdout.split('\r\n')[0]).toMatch(/^file,decision,pValue/)
    expect(stdout).toContain('""slow"".wav"')
    const html = await readFile(at('report/index.html'), 'utf8')
    expect(html).toContain('&quot;slow&quot;.wav')
    expect(html.match(/<script/g)).toHaveLength(1)
    const picture = /img\/[^"]+-surprise\.png/.exec(html)![0]
    expect((await readFile(join(at('report'), picture))).subarray(1, 4).toString()).toBe('PNG')
  })

  it('scores a long recording in segments, and says when the calibration is too small for them', async () => {
    const part = voice(5, 2)
    const long = Float32Array.from({ length: 35 * sampleRate }, (_, i) => part[i % part.length]!)
    const { scores } = await scoresOf([await write('long.wav', long)])
    const codes = scores[0]!.warnings.map(({ code }) => code)
    expect(codes).toContain('RATE_UNATTAINABLE')
    expect(codes).toContain('LENGTH_MISMATCH')
    expect(scores[0]!.input!.seconds).toBe(35)
  })

  it('refuses an unknown group, and a calibration of other weights', async () => {
    const good = await write('good.wav', voice(700))
    const unknown = await glowcast('score', good, '--group', 'consonants')
    expect(unknown).toMatchObject({ code: 1, stdout: '' })
    expect(unknown.stderr).toMatch(/"consonants", expected one of vowels \[UNKNOWN_GROUP\]/)
    const other = at('other')
    await saveTinyModel(other, 2)
    const refused = await glowcast(
      'score',
      good,
      '--model',
      other,
      '--calibration',
      join(model, 'calibration.json'),
    )
    expect(refused.stderr).toMatch(/INVALID_CALIBRATION|calibration/)
    expect(refused.code).toBe(1)
  })
})

describe('glowcast calibrate', () => {
  it('warns of few recordings, keeps other groups, and is the same for the same seed', async () => {
    await mkdir(at('few'))
    // 20 fit the reference; of the other 7 one is left out.
    for (let i = 0; i < 26; i++) await write(`few/phrase-${20 * i + (i < 20 ? 0 : 7)}.wav`, voice(i, 0.55))
    await write('few/short-7.wav', voice(1, 0.1))
    const out = at('few.json')
    const few = ['calibrate', '--data', at('few'), '--split', 'held-out', '--out', out]
    const first = await glowcast(...few, '--group', 'a')
    expect(first.stderr).toMatch(/short-7\.wav.*TOO_SHORT/)
    expect(first.stderr).toMatch(/calibrated on 6 recordings; with fewer than 50/)
    const inThreads = await glowcast(...few, '--group', 'b', '--jobs', '2')
    expect(inThreads).toMatchObject({ code: 0 })
    const { groups } = JSON.parse(await readFile(out, 'utf8')) as { groups: Record<string, unknown> }
    expect(groups['a']).toEqual(groups['b'])
    const { stderr } = await glowcast('score', at('few/phrase-20.wav'), '--calibration', out, '--group', 'a')
    expect(stderr).toMatch(/FEW_ITEMS/)
  })
})

it.each(['score', 'calibrate'])(
  'glowcast %s takes the device that it is told, or says that there is none',
  async (command) => {
    const missing = process.platform === 'darwin' ? 'dml' : 'coreml'
    const wanted = command === 'score' ? [at('data')] : ['--data', at('data')]
    const { code, stderr } = await glowcast(command, ...wanted, '--device', missing)
    expect(code).toBe(1)
    expect(stderr).toMatch(new RegExp(`device ${missing}: got a build of onnxruntime-node`))
  },
)
