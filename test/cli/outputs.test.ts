import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { copyFile, link, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decodeNpy, encodeNpy } from '../../src/audio/mel/npy.js'
import { decodeWav, encodeWav } from '../../src/audio/wav/wav.js'
import { saveModelFolder } from '../../src/models/files/model-folder.js'
import { randomMel, tinyConfig, tinyWeights } from '../tiny-model.js'
import { runCli } from './memory-io.js'

const speech = fileURLToPath(new URL('../fixtures/audio/speech.flac', import.meta.url))
let folder: string
let model: string
const at = (name: string) => join(folder, name)
const hashOf = async (path: string) =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex')

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'glowcast-outputs-'))
  model = at('model')
  await saveModelFolder(model, { config: tinyConfig, weights: tinyWeights(), card: '# tiny\n' })
  const wave = Float32Array.from({ length: 4000 }, (_, i) => 0.3 * Math.sin(i / 16))
  await writeFile(at('rec.wav'), encodeWav({ sampleRate: 22_050, channels: [wave] }, { format: 'int16' }))
  await symlink('rec.wav', at('link.wav'))
  await link(at('rec.wav'), at('hard.wav'))
  await copyFile(speech, at('rec.flac'))
  await writeFile(at('m.npy'), encodeNpy([10, 80], randomMel(10).data))
  await symlink('m.npy', at('m-link.wav'))
  await symlink(join(model, 'weights.safetensors'), at('weights.onnx'))
  await mkdir(at('rec/audio'), { recursive: true })
  await copyFile(at('rec.wav'), at('rec/audio/a-1.wav'))
})
afterAll(() => rm(folder, { recursive: true }))

describe('a file that is read is not written over', () => {
  it.each([
    ['vocode', 'rec.wav', 'rec.wav'],
    ['vocode', 'rec.wav', 'link.wav'],
    ['vocode', 'link.wav', 'rec.wav'],
    ['vocode', 'rec.wav', 'hard.wav'],
    ['vocode', 'rec.flac', 'rec.flac'],
    ['vocode', '--mel', 'm.npy', 'm-link.wav'],
    ['mel', 'rec.wav', 'rec.wav'],
    ['mel', 'm.npy', 'm.npy'],
    ['export', 'weights.onnx'],
    ['evaluate', '--data', 'rec', '--report', 'rec'],
    ['score', 'rec/audio/a-1.wav', '--html', 'rec'],
    ['train', '--data', 'rec', '--config', 'config.json', '--out', 'rec/audio'],
    ['content train', '--data', 'rec', '--out', 'rec'],
    ['import', 'rec/audio/a-1.wav', '--out', 'rec'],
  ])('by %s %s %s', async (command, ...names) => {
    await writeFile(at('config.json'), JSON.stringify({ model: tinyConfig, phases: [] }))
    const paths = names.map((name) => (name.startsWith('--') ? name : at(name)))
    const all = ['rec.wav', 'rec.flac', 'm.npy', 'rec/audio/a-1.wav', 'model/weights.safetensors']
    const before = await Promise.all(all.map((name) => hashOf(at(name))))
    const names_ = (await readdir(folder, { recursive: true })).sort()
    const withModel = ['train', 'content train', 'mel', 'import'].includes(command) ? [] : ['--model', model]
    const { code, stderr } = await runCli([...command.split(' '), ...paths, ...withModel])
    expect(stderr).toMatch(/^(skipped .*\n)*glowcast: [^\n]+\n$/)
    expect(code).toBe(1)
    expect(await Promise.all(all.map((name) => hashOf(at(name))))).toEqual(before)
    expect((await readdir(folder, { recursive: true })).sort()).toEqual(names_)
  })
})

describe('an earlier output', () => {
  it('is what it was when a later run fails', async () => {
    await writeFile(at('earlier.wav'), 'earlier')
    await writeFile(at('bad-f0.txt'), `${'110\n'.repeat(9)}nonsense\n`)
    const args = [
      'vocode',
      '--mel',
      at('m.npy'),
      '--f0',
      at('bad-f0.txt'),
      at('earlier.wav'),
      '--model',
      model,
    ]
    expect((await runCli(args)).code).toBe(1)
    expect(await readFile(at('earlier.wav'), 'utf8')).toBe('earlier')
  })

  it.runIf(existsSync('/dev/full'))('fails in one line on a full disk', async () => {
    const vocoded = await runCli(['vocode', at('rec.wav'), '/dev/full', '--model', model])
    const mel = await runCli(['mel', at('rec.wav'), '/dev/full'])
    for (const { code, stderr } of [vocoded, mel]) {
      expect(stderr).toMatch(
        /^(vocode.*\n)*glowcast: \/dev\/full: cannot be written: no space left.*\(ENOSPC\) \[IO\]\n$/,
      )
      expect(code).toBe(1)
    }
  })
})

describe('pipes', () => {
  it('are read and written, with nothing beside the samples on the standard output', async () => {
    const input = await readFile(at('rec.wav'))
    // As a program that does not know how much will come writes it.
    const open = Buffer.from(input)
    open.writeUInt32LE(0xffffffff, 4)
    open.writeUInt32LE(0xffffffff, 40)
    await runCli(['vocode', at('rec.wav'), at('file.wav'), '--model', model])
    const expected = decodeWav(await readFile(at('file.wav'))).channels
    for (const bytes of [input, open]) {
      const pieces = [bytes.subarray(0, 7), bytes.subarray(7, 999), bytes.subarray(999)]
      const { code, stdoutBytes } = await runCli(['vocode', '-', '-', '--model', model, '--json'], pieces)
      expect(code).toBe(0)
      expect(decodeWav(stdoutBytes).channels).toEqual(expected)
    }
    const { stdoutBytes } = await runCli(['mel', '-', '-'], [input])
    await runCli(['mel', at('rec.wav'), at('file.npy')])
    expect(decodeNpy(stdoutBytes)).toEqual(decodeNpy(await readFile(at('file.npy'))))
  })

  it('that bring no audio are named as they were given', async () => {
    const { code, stderr } = await runCli(
      ['vocode', '-', at('o.wav'), '--model', model],
      [Buffer.from('text')],
    )
    expect(stderr).toMatch(/^glowcast: -: got no audio/)
    expect(code).toBe(1)
    const empty = await runCli(['mel', '-', at('o.npy')])
    expect(empty.stderr).toMatch(/^glowcast: -: nothing came through the standard input \[IO\]\n$/)
    const imported = await runCli(['import', '-', '--out', at('imported')], [Buffer.from('text')])
    expect(imported.stderr).not.toMatch(/\.part/)
    expect(imported.code).toBe(1)
  })

  it.runIf(process.platform !== 'win32')('that nothing writes to are refused by all', async () => {
    execFileSync('mkfifo', [at('fifo')])
    for (const args of [
      ['vocode', at('fifo'), at('o.wav')],
      ['vocode', '--mel', at('fifo'), at('o.wav')],
      ['mel', at('fifo'), at('o.npy')],
      ['import', at('fifo'), '--out', at('imported')],
      ['score', at('fifo')],
      ['train', '--data', at('rec'), '--config', at('fifo'), '--out', at('run')],
    ]) {
      const { code, stderr } = await runCli(args)
      expect(stderr).toMatch(/^glowcast: .*fifo: a pipe that nothing writes to \[IO\]\n$/)
      expect(code).toBe(1)
    }
    await rm(at('fifo'))
  })
})

describe('command lines with slips', () => {
  it.each([
    [['vocode'], /^glowcast: IN and OUT are missing; usage: glowcast vocode IN OUT\.wav \[/],
    [['vocode', 'a.wav'], /^glowcast: OUT is missing; usage: glowcast vocode IN OUT\.wav \[/],
    [['vocode', '--mel', 'a.npy'], /OUT is missing; usage: glowcast vocode --mel FRAMES\.npy OUT\.wav/],
    [['vocode', 'a.wav', 'b.wav', '--mel-detail'], /--mel-detail needs --f0 or --pitch/],
    [['vocode', 'a.wav', 'b.wav', '--f0', 'f'], /--f0 needs --mel/],
    [['vocode', 'a.wav', 'b.wav', '--axes', 'frames-bands'], /--axes needs --mel/],
    [['vocode', 'a.wav', 'b.wav', '--mel-convention', 'matcha'], /--mel-convention needs --mel/],
    [['vocode', 'a', 'b', 'c'], /got 3 files \(a b c\), expected IN and OUT/],
    [['vocode', 'a.wav', 'b.mp3'], /b.mp3: audio is written as .wav or .wave, not .mp3/],
    [['vocode', 'a.wav', 'b.wav', '--temp', '1'], /unknown option '--temp'; did you mean --temperature\?/],
    [
      ['vocode', 'a.wav', 'b.wav', '--temprature', '1'],
      /unknown option '--temprature'; did you mean --temperature\?/,
    ],
    [
      ['vocode', 'a.wav', 'b.wav', '--pitch', 'high'],
      /--pitch: got high, expected a number from -36 to 36 \(see glowcast vocode --help\)/,
    ],
    [
      ['vocode', '.', 'b.wav'],
      /^glowcast: \.: a folder; vocode takes one recording, such as \.\/FILE\.wav \[IO\]/,
    ],
    [['vocode', '*.wav', 'b.wav'], /\*\.wav: no file matches this pattern/],
    [['vocod', 'a.wav'], /unknown command 'vocod'; did you mean vocode\?/],
    [['eval'], /unknown command 'eval'; did you mean evaluate\?/],
    [['mel', 'a.wav'], /OUT is missing; usage: glowcast mel \[options\] <in> <out>/],
    [['mel', 'a.wav', 'b.wav'], /b.wav: a mel is written as .npy, not .wav/],
    [['export', 'a.pt'], /a.pt: a model is written as .onnx, not .pt/],
    [['train'], /--data <folders...> is missing; glowcast train needs it \(see glowcast train --help\)/],
    [['train', '--data', 'none', '--config', 'none', '--out', 'x'], /none: no such file or folder/],
    [['content', 'train', '--dta', 'x'], /--data/],
    [['calibrate', '--data', 'none', '--out', 'c.wav'], /c.wav: a calibration is written as .json/],
    [
      ['calibrate', '--data', 'none'],
      /none: no such file or folder \(ENOENT\); expected a folder of recordings/,
    ],
    [['evaluate', '--data', 'package.json'], /package.json: a part of this path is a file/],
    [['import', 'none.pt', '--out', 'x/y'], /none.pt: no such file or folder/],
    [['vocode', 'a.wav', 'b.wav', '--seed', 'abc'], /--seed: got abc, expected a whole number, 0 or more/],
    [['vocode', 'a.wav', 'b.wav', '--seed'], /--seed needs a value: --seed <number>/],
    [['vocode', 'package.json', 'newdir/'], /newdir\/: a folder, not a file; give the name of the file, too/],
    [['serve', '--port', '80000'], /--port: got 80000, expected a whole number from 0 to 65535/],
    [
      ['evaluate', '--data', 'x', '--split', 'exam'],
      /--split: got exam, expected one of judging, validation/,
    ],
    [['evaluate', '--data', 'x', '--report', 'src', '--compare', './src'], /they are the same folder/],
    [['evaluate', '--data', 'x', '--compare', 'none'], /evaluation\.json: no such file or folder \(ENOENT\)/],
    [['score', 'a', '--json', '--csv'], /--json and --csv do not go together/],
    [['score', 'a', '--detector', 'both'], /--detector both needs --content/],
    [['score', 'a', '--content-group', 'g'], /--content-group needs --content/],
    [
      ['score', 'a', '--content', 'c', '--group', 'g'],
      /--group and --content do not go together: .*--content-group/,
    ],
    [['calibrate', '--data', 'x', '--negatives', 'y'], /--negatives needs --content/],
    [['info', 'extra'], /got 1 argument, expected 0; usage: glowcast info \[options\]/],
    [['import', 'package.json', '--out', 'x/y'], /package\.json: got neither a zip archive nor a pickle/],
    [['info', '--model', 'none'], /none\/manifest.json: got no such file/],
  ])('%j gives one line', async (args, message) => {
    const { code, stdout, stderr } = await runCli(args)
    expect(stderr).toMatch(message)
    expect(stderr).toMatch(/^glowcast: [^\n]+\n$/)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  })
})
