import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decodeWav } from '../../../src/audio/wav/wav.js'
import { saveModelFolder } from '../../../src/models/files/model-folder.js'
import { tinyConfig, tinyWeights } from '../../tiny-model.js'
import { runCli } from '../memory-io.js'

/** A folder with the files of hibari-tts 0.2.1, which are not ours to keep here. */
const acoustic = process.env['GLOWCAST_TEST_ACOUSTIC_MODEL']

let folder: string
const at = (name: string) => join(folder, name)
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'glowcast-speak-'))
  await saveModelFolder(at('model'), { config: tinyConfig, weights: tinyWeights(), card: '# tiny\n' })
  await writeFile(at('text.txt'), 'One sentence.\nAnother one.\n')
  await writeFile(at('latin1.txt'), Buffer.from([0x63, 0x61, 0x66, 0xe9]))
})
afterAll(() => rm(folder, { recursive: true }))

const speak = (acousticModel: string, args: readonly string[], stdin: Iterable<Uint8Array> = []) =>
  runCli(['speak', '--acoustic-model', acousticModel, '--model', at('model'), ...args], stdin)

describe('glowcast speak', () => {
  it.each([
    [
      'no text',
      [],
      /^glowcast: speak needs TEXT, --text-file or - for the standard input \[INVALID_ARGUMENT\]\n$/,
    ],
    ['two texts', ['Hello.', '--text-file', 'text.txt'], /--text-file and TEXT do not go together/],
    ['other bytes', ['--text-file', 'latin1.txt'], /latin1\.txt: got bytes that are no UTF-8, expected text/],
    ['no such file', ['--text-file', 'none.txt'], /none\.txt/],
    ['no such model', ['Hello.'], /nowhere/],
    ['another speed', ['Hello.', '--speed', '5'], /--speed: .*a number from 0\.25 to 4/],
  ])('refuses %s in one line', async (_, args, message) => {
    const paths = args.map((text) => (text.endsWith('.txt') ? at(text) : text))
    const { code, stdout, stderr } = await speak(at('nowhere'), ['--out', at('out.wav'), ...paths])
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(message)
    expect(stderr.split('\n')).toHaveLength(2)
    expect(await readdir(folder)).not.toContain('out.wav')
  })

  it('refuses another ending than .wav', async () => {
    const { code, stderr } = await speak(at('nowhere'), ['--out', at('out.mp3'), 'Hello.'])
    expect(code).toBe(1)
    expect(stderr).toMatch(/out\.mp3: audio is written as \.wav or \.wave/)
  })
})

describe.skipIf(acoustic === undefined)('glowcast speak with hibari-tts', () => {
  it('writes the speech of a file, faster as it is told', async () => {
    const seconds: number[] = []
    for (const speed of ['1', '2']) {
      const args = ['--text-file', at('text.txt'), '--out', at('out.wav'), '--speed', speed, '--json']
      const { code, stdout } = await speak(acoustic!, args)
      expect(code).toBe(0)
      const { sampleRate, channels } = decodeWav(await readFile(at('out.wav')))
      const figures = JSON.parse(stdout)
      expect(figures).toMatchObject({ output: at('out.wav'), samples: channels[0]!.length })
      seconds.push(channels[0]!.length / sampleRate)
    }
    expect(seconds[0]).toBeGreaterThan(1.5)
    expect(seconds[1]! / seconds[0]!).toBeCloseTo(0.5, 1)
  })

  it('takes a pipe and words, and gives a pipe', async () => {
    const piped = await speak(acoustic!, ['--out', '-', '-'], [Buffer.from('Hello '), Buffer.from('there.')])
    const words = await speak(acoustic!, ['--out', '-', 'Hello', 'there.'])
    expect(piped.code).toBe(0)
    expect(piped.stdoutBytes.length).toBeGreaterThan(20_000)
    expect(words.stdoutBytes.equals(piped.stdoutBytes)).toBe(true)
  })

  it('refuses what cannot be said, and leaves no file', async () => {
    const { code, stderr } = await speak(acoustic!, ['--out', at('none.wav'), '😀'])
    expect(code).toBe(1)
    expect(stderr).toMatch(/^glowcast: text: got nothing that can be said, expected English words \[/)
    const voice = await speak(acoustic!, ['--out', at('none.wav'), '--voice', 'alloy', 'Hello.'])
    expect(voice.stderr).toMatch(/^glowcast: --voice: got "alloy", expected heart \[/)
    expect(await readdir(folder)).not.toContain('none.wav')
  })
})
