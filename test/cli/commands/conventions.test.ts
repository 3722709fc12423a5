import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { encodeNpy } from '../../../src/audio/mel/npy.js'
import { saveModelFolder } from '../../../src/models/files/model-folder.js'
import { randomMel, tinyConfig, tinyWeights } from '../../tiny-model.js'
import { runCli } from '../memory-io.js'

let folder: string
const at = (name: string) => join(folder, name)
const { data, frames } = randomMel(30)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'glowcast-conventions-'))
  await saveModelFolder(at('model'), { config: tinyConfig, weights: tinyWeights(), card: '# tiny\n' })
  const log10 = data.map((value) => value / Math.LN10)
  await writeFile(at('natural.npy'), encodeNpy([frames, 80], data))
  await writeFile(at('log10.npy'), encodeNpy([frames, 80], log10))
  await writeFile(at('log10.json'), '{"like":"nvidia-22k","logBase":"10"}')
})
afterAll(() => rm(folder, { recursive: true }))

const vocode = (mel: string, ...options: string[]) =>
  runCli(['vocode', '--mel', at(mel), at(`${mel}.wav`), '--model', at('model'), '--threads', '1', ...options])

it('lists the conventions, with what is to be given', async () => {
  const { code, stdout } = await runCli(['conventions'])
  expect(code).toBe(0)
  expect(stdout).toMatch(/^nvidia-22k +22050 +256 +80 +0-8000 +exact +- +Tacotron 2/m)
  expect(stdout).toMatch(/^styletts2 +24000 +300 +80 +0-12000 +least-squares/m)
  expect(stdout).toMatch(/^kaldi .* refused .*\(a window of povey/m)
  expect(stdout).toMatch(/^matcha-other .*\(mean and deviation are to be given\)/m)
  const listed = JSON.parse((await runCli(['conventions', '--json'])).stdout) as { name: string }[]
  expect(listed.find(({ name }) => name === 'matcha')).toMatchObject({
    conversion: 'exact',
    mel: { sampleRate: 22_050, mean: -5.536622, deviation: 2.116101 },
  })
  expect(listed.find(({ name }) => name === 'vocos')).toMatchObject({ conversion: 'least-squares' })
  expect(listed.find(({ name }) => name === 'kaldi')).toMatchObject({
    conversion: 'refused',
    reason: expect.stringMatching(/.+/),
  })
})

it('measures what each conversion loses on a recording', async () => {
  const { code, stdout } = await runCli(['conventions', 'test/fixtures/audio/speech.flac'])
  expect(code).toBe(0)
  expect(stdout).toMatch(/^matcha .* exact +0\.000 /m)
  expect(stdout).toMatch(/^vocos .* least-squares +0\.1\d\d /m)
  expect(stdout).toMatch(/^kaldi .* refused +- /m)
})

it('makes the same sound of a mel in a convention that a file describes', async () => {
  const natural = await vocode('natural.npy')
  const converted = await vocode('log10.npy', '--mel-convention', at('log10.json'))
  expect([natural.code, converted.code]).toEqual([0, 0])
  const [a, b] = await Promise.all(['natural.npy.wav', 'log10.npy.wav'].map((name) => readFile(at(name))))
  const [first, second] = [a!, b!].map((wav) => new Int16Array(wav.buffer, wav.byteOffset + 44, frames * 256))
  expect(first!.some((sample) => Math.abs(sample) > 100)).toBe(true)
  expect(first!.every((sample, i) => Math.abs(sample - second![i]!) <= 2)).toBe(true)
})

it.each([
  ['tacotron', /--mel-convention: got "tacotron", expected one of nvidia-22k, matcha/],
  ['kaldi', /--mel-convention: got .*, expected a convention that can be converted/],
  ['missing.json', /missing\.json/],
])('refuses %s', async (name, message) => {
  const { code, stderr } = await vocode('natural.npy', '--mel-convention', name)
  expect(code).toBe(1)
  expect(stderr).toMatch(message)
})
