import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decodeNpy, encodeNpy } from '../../src/audio/mel/npy.js'
import { decodeWav, encodeWav } from '../../src/audio/wav/wav.js'
import { saveModelFolder } from '../../src/models/files/model-folder.js'
import { builtFile, packageFolder } from '../../src/package-root.js'
import { randomMel, tinyConfig, tinyWeights } from '../tiny-model.js'
import { runBuiltCommand } from './built-command.js'
import { type Outcome, runCli } from './memory-io.js'

let folder: string
let model: string
const at = (name: string) => join(folder, name)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'glowcast-cli-'))
  model = at('model')
  await saveModelFolder(model, { config: tinyConfig, weights: tinyWeights(), card: '# tiny\n' })
})
afterAll(() => rm(folder, { recursive: true }))

/** What a command says; progress, which a busy machine brings, is another matter. */
async function glowcast(...arguments_: string[]): Promise<Outcome> {
  // More threads would wait for one another more than compute.
  const threads = arguments_[0] === 'vocode' && !arguments_.includes('--help') ? ['--threads', '1'] : []
  const outcome = await runCli([...arguments_, ...threads])
  return { ...outcome, stderr: outcome.stderr.replaceAll(/^(vocode|analyse) {2}.*\n/gm, '') }
}

function tone(samples: number, sampleRate: number, channels = 1): Uint8Array {
  const wave = Float32Array.from(
    { length: samples },
    (_, i) => 0.3 * Math.sin((2 * Math.PI * 220 * i) / sampleRate),
  )
  return encodeWav(
    { sampleRate, channels: Array.from({ length: channels }, () => wave) },
    { format: 'int16' },
  )
}

describe('glowcast vocode', () => {
  it.each([
    ['22,050 Hz', 22_050, 1, 10_000],
    ['48 kHz', 48_000, 1, 48_000],
    ['six channels', 44_100, 6, 20_000],
    ['one sample', 22_050, 1, 1],
    ['less than a frame', 22_050, 1, 200],
  ])('takes %s', async (name, sampleRate, channels, samples) => {
    await writeFile(at('in.wav'), tone(samples, sampleRate, channels))
    const { code, stdout, stderr } = await glowcast(
      'vocode',
      at('in.wav'),
      at('out.wav'),
      '--model',
      model,
      '--json',
    )
    expect(stderr, name).toBe('')
    expect(code).toBe(0)
    const { sampleRate: rate, channels: output } = decodeWav(await readFile(at('out.wav')))
    expect(rate).toBe(22_050)
    const frames = Math.floor(Math.round((samples * 22_050) / sampleRate) / 256)
    expect(output[0]).toHaveLength(frames * 256)
    expect(output[0]!.every(Number.isFinite)).toBe(true)
    expect(JSON.parse(stdout)).toMatchObject({ frames, samples: frames * 256 })
  })

  it('gives silence-like audio for silence, never NaN', async () => {
    const wave = new Float32Array(8000)
    await writeFile(
      at('silent.wav'),
      encodeWav({ sampleRate: 22_050, channels: [wave] }, { format: 'int16' }),
    )
    expect((await glowcast('vocode', at('silent.wav'), at('out.wav'), '--model', model)).code).toBe(0)
  })

  it('gives the same samples from a mel file as from the recording it is of', async () => {
    await writeFile(at('in.wav'), tone(9000, 22_050))
    await glowcast('vocode', at('in.wav'), at('direct.wav'), '--model', model)
    expect((await glowcast('mel', at('in.wav'), at('mel.npy'))).code).toBe(0)
    const { shape, data } = decodeNpy(await readFile(at('mel.npy')))
    expect(shape).toEqual([35, 80])
    const columns = Float32Array.from(data, (_, i) => data[(i % 35) * 80 + Math.floor(i / 35)]!)
    await writeFile(at('columns.npy'), encodeNpy([80, 35], columns))
    for (const file of ['mel.npy', 'columns.npy']) {
      expect((await glowcast('vocode', '--mel', at(file), at('from-mel.wav'), '--model', model)).code).toBe(0)
      expect(await readFile(at('from-mel.wav'))).toEqual(await readFile(at('direct.wav')))
    }
  })

  it('takes an F0 file', async () => {
    const mel = randomMel(10)
    await writeFile(at('m.npy'), encodeNpy([10, 80], mel.data))
    await writeFile(at('f0.txt'), '0\n110\n110\n110\n115\n120\n120\n0\n0\n0\n')
    const run = await glowcast(
      'vocode',
      '--mel',
      at('m.npy'),
      '--f0',
      at('f0.txt'),
      at('o.wav'),
      '--model',
      model,
    )
    expect(run).toMatchObject({ code: 0, stderr: '' })
    await writeFile(at('short.txt'), '0\n110\n')
    const short = await glowcast(
      'vocode',
      '--mel',
      at('m.npy'),
      '--f0',
      at('short.txt'),
      at('o.wav'),
      '--model',
      model,
    )
    expect(short).toMatchObject({ code: 1 })
    expect(short.stderr).toMatch(/short.txt: got 2 values, expected 10/)
  })
})

describe('the built command', () => {
  it('does as the function does', async () => {
    const { stdout } = await runBuiltCommand(['info', '--model', model, '--json'])
    expect(JSON.parse(stdout)).toMatchObject({ family: 'glowcast' })
  })

  it('starts by the path that it had in version 0.1.0, too, and gives its exit code', async () => {
    const first = builtFile('src/cli.js')
    expect(await runBuiltCommand(['info', '--model', at('none')], first)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^glowcast: /),
    })
  })

  it('writes what commands write', async () => {
    await writeFile(at('in.wav'), tone(2000, 22_050))
    for (const args of [
      ['vocode', at('in.wav'), at('built.wav'), '--model', model],
      ['export', at('built.onnx'), '--model', model, '--frames', '8'],
    ]) {
      expect(await runBuiltCommand(args)).toMatchObject({ code: 0 })
    }
    expect(decodeWav(await readFile(at('built.wav'))).channels[0]).toHaveLength(7 * 256)
    expect((await readFile(at('built.onnx'))).length).toBeGreaterThan(1000)
  })
})

describe('bad input', () => {
  const oneLine = /^glowcast: [^\n]+\n$/

  it.each([
    ['an empty file', () => new Uint8Array(0), /an empty file/],
    ['text', () => new TextEncoder().encode('hello, this is no audio'), /no audio format that is known here/],
    ['a cut header', () => tone(1000, 22_050).subarray(0, 30), /bad.wav: got/],
    ['no samples', () => tone(0, 22_050), /no samples/],
    [
      'NaN samples',
      () => {
        const bytes = Buffer.from(
          encodeWav({ sampleRate: 22_050, channels: [new Float32Array(900)] }, { format: 'float32' }),
        )
        bytes.writeFloatLE(Number.NaN, 400)
        return bytes
      },
      /NaN/,
    ],
    ['a broken MP3', () => Buffer.from('ID3\x04\x00 and so on'), /a whole MP3 file/],
  ])('gives one line for %s', async (_, bytes, message) => {
    await writeFile(at('bad.wav'), bytes())
    const { code, stdout, stderr } = await glowcast('vocode', at('bad.wav'), at('o.wav'), '--model', model)
    expect(stderr).toMatch(oneLine)
    expect(stderr).toMatch(message)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  })

  it.each([
    ['a wrong shape', encodeNpy([10, 79], new Float32Array(790)), /shape \[10, 79\]/],
    [
      'an ambiguous shape',
      encodeNpy([80, 80], new Float32Array(6400).fill(-5)),
      /set --axes to frames-bands or bands-frames/,
    ],
    [
      'decibels',
      encodeNpy(
        [4, 80],
        new Float32Array(320).map((_, i) => -80 + (i % 80)),
      ),
      /natural-log mels/,
    ],
    [
      'a linear scale',
      encodeNpy(
        [4, 80],
        new Float32Array(320).map((_, i) => i / 320),
      ),
      /natural-log mels/,
    ],
    ['no frames', encodeNpy([0, 80], new Float32Array(0)), /no frames/],
    ['NaN', encodeNpy([1, 80], new Float32Array(80).fill(Number.NaN)), /finite log-mels/],
  ])('names what is wrong with a mel of %s', async (_, bytes, message) => {
    await writeFile(at('bad.npy'), bytes)
    const { code, stderr } = await glowcast('vocode', '--mel', at('bad.npy'), at('o.wav'), '--model', model)
    expect(stderr).toMatch(oneLine)
    expect(stderr).toMatch(message)
    expect(code).toBe(1)
  })

  it.each([
    [
      ['vocode', 'missing.wav', 'o.wav'],
      /^glowcast: missing.wav: no such file or folder \(ENOENT\) \[IO\]\n$/,
    ],
    [['info', '--model', 'nowhere'], /nowhere.*: got no such file/],
    [
      ['vocode', 'a.wav', 'b.wav', '--temperature', 'hot'],
      /--temperature: got hot, expected a number from 0 to 2/,
    ],
    [['vocode', 'a.wav', 'b.wav', '--engine', 'magic'], /--engine: got magic, expected one of auto, onnx/],
    [['train', '--data', 'x', '--config', 'none.json', '--out', 'y'], /none.json/],
    [['frobnicate'], /unknown command 'frobnicate'/],
  ])('explains %o', async (arguments_, message) => {
    const { code, stderr } = await glowcast(...arguments_)
    expect(stderr).toMatch(message)
    expect(stderr).not.toMatch(/\n\s+at /)
    expect(code).toBe(1)
  })

  it('refuses a damaged model and says what differs', async () => {
    const damaged = at('damaged')
    await saveModelFolder(damaged, { config: tinyConfig, weights: tinyWeights(), card: '' })
    const weights = await readFile(join(damaged, 'weights.safetensors'))
    weights[weights.length - 1]! ^= 1
    await writeFile(join(damaged, 'weights.safetensors'), weights)
    const { code, stderr } = await glowcast('info', '--model', damaged)
    expect(code).toBe(1)
    expect(stderr).toMatch(/weights.safetensors: got .*sha256/)
  })
})

describe('other commands', () => {
  it('describe a model and export it', async () => {
    const { stdout } = await glowcast('info', '--model', model, '--json')
    expect(JSON.parse(stdout)).toMatchObject({ family: 'glowcast', melBands: 80, lookaheadFrames: 4 })
    const exported = await glowcast('export', at('m.onnx'), '--model', model, '--frames', '8')
    expect(exported.stdout).toMatch(/in:mel \[1, 8, 80\]/)
  })

  const all = 'vocode mel bench train evaluate score calibrate export import info serve'
  it.each([...all.split(' '), 'content train'])('%s has --help with two examples', async (command) => {
    const { code, stdout } = await glowcast(...command.split(' '), '--help')
    expect(code).toBe(0)
    expect(stdout).toMatch(new RegExp(`Usage: glowcast ${command}`))
    const [, examples] = stdout.split('\nExamples:\n')
    expect(examples!.trimEnd().split('\n')).toHaveLength(2)
    expect(examples).toMatch(new RegExp(`^(  \\$ glowcast ${command}.*\n){2}$`))
    // No default is a path of this machine.
    expect(stdout).not.toContain(packageFolder())
  })
})
