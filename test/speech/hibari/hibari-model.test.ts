import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SpokenPart } from '../../../src/speech/acoustic-model.js'
import { readHibariFile } from '../../../src/speech/hibari/files.js'
import { HibariModel } from '../../../src/speech/hibari/hibari-model.js'

/** A folder with the files of hibari-tts 0.2.1, which are not ours to keep here. */
const folder = process.env['GLOWCAST_TEST_ACOUSTIC_MODEL']

describe('a folder that holds no such model', () => {
  let other: string
  beforeAll(async () => {
    other = await mkdtemp(join(tmpdir(), 'glowcast-acoustic-'))
    await writeFile(join(other, 'vocab.json'), 'x'.repeat(1144))
    await writeFile(join(other, 'oov.json'), '{}')
  })
  afterAll(() => rm(other, { recursive: true }))

  it('is refused by the file that is missing, of another length or of other content', async () => {
    await expect(HibariModel.open(join(other, 'nowhere'))).rejects.toMatchObject({ code: 'IO' })
    await expect(readHibariFile(other, 'oov.json')).rejects.toMatchObject({
      code: 'INVALID_MODEL',
      message: `${join(other, 'oov.json')}: got 2 bytes, expected 2273 bytes, that of oov.json in hibari-tts 0.2.1`,
    })
    await expect(readHibariFile(other, 'vocab.json')).rejects.toMatchObject({
      code: 'INVALID_MODEL',
      got: expect.stringMatching(/^the sha256 [0-9a-f]{16}…$/),
    })
  })
})

describe.skipIf(folder === undefined)('hibari-tts', () => {
  let model: HibariModel
  beforeAll(async () => {
    model = await HibariModel.open(folder!)
  })
  afterAll(() => model.dispose())

  const whole = async (text: string, options = {}) => {
    const parts = []
    for await (const part of model.speak(text, options)) parts.push(part)
    return parts
  }

  it.each([
    [
      "Please call me back before five o'clock this afternoon.",
      'plˈiz kˈɔl mˌi bˈæk bəfˈɔɹ fˈIv əklˈɑk ðɪs ˌæftəɹnˈun.',
    ],
    [
      'Nobody knew why the old lighthouse keeper never came home.',
      'nˈObˌɑdi nˈu wˌI ði ˈOld lˈIthˌWs kˈipəɹ nˈɛvəɹ kˈAm hˈOm.',
    ],
    [
      "I used to live in the U.S.A. with John's well-known e-mail.",
      'ˌI jˈust tə lˈɪv ɪn ðə jˌuˌɛsˈA wɪð ʤˈɑnz wˌɛlnˈOn ˈimˌAl.',
    ],
    [
      "Dr. Smith paid $9.99 for 3 kg of apples in 1984, didn't he?",
      'dˈɑktəɹ smˈɪθ pˈAd nˈIn dˈɑləɹz ænd nˈIndi nˈIn sˈɛnts fɔɹ θɹˈi kˈɪləɡɹˌæmz ʌv ˈæpᵊlz ɪn nˌIntˈin ˈATi fˈɔɹ, dˈɪdᵊnt hi?',
    ],
    ['Glowcast vocodes.', 'ɡlˈOkæst vˈOkOdz.'],
  ])('says the phonemes of its own package: %s', async (text, phonemes) => {
    expect(await model.phonemesOf(text)).toEqual([phonemes])
  })

  const framesOf = (parts: readonly SpokenPart[]) => parts.reduce((sum, { mel }) => sum + mel.frames, 0)

  it('gives mel frames and F0 in short parts, faster ones in less time', async () => {
    const parts = await whole('The quick brown fox jumps over the lazy dog. Please call.')
    expect(parts.flatMap(({ text }) => text ?? [])).toEqual([
      'The quick brown fox jumps over the lazy dog.',
      'Please call.',
    ])
    for (const { mel, f0Hz } of parts) {
      expect(mel.channels).toBe(80)
      expect(mel.data).toHaveLength(80 * mel.frames)
      expect(f0Hz).toHaveLength(mel.frames)
      expect(mel.frames).toBeGreaterThan(0)
      expect(mel.frames).toBeLessThan(86)
    }
    const second = parts.findLastIndex(({ text }) => text !== undefined)
    // About 3 s.
    const frames = framesOf(parts.slice(0, second))
    expect(frames).toBeGreaterThan(230)
    expect(frames).toBeLessThan(300)
    const voiced = parts.flatMap(({ f0Hz }) => [...f0Hz!]).filter((hz) => hz > 0)
    expect(voiced.length).toBeGreaterThan(100)
    expect(Math.min(...voiced)).toBeGreaterThan(40)
    const fast = await whole('The quick brown fox jumps over the lazy dog.', { speed: 2 })
    expect(framesOf(fast) / frames).toBeCloseTo(0.5, 1)
  })

  it('cuts a sentence that is too long', async () => {
    const text = `${'one word and another, '.repeat(60)}end.`
    const [first] = await whole(text)
    expect(text).toContain(first!.text)
    expect(first!.text!.length).toBeLessThanOrEqual(1000)
  })

  it.each([
    ['', {}, 'text: got nothing that can be said, expected English words'],
    ['😀 … !', {}, 'text: got nothing that can be said, expected English words'],
    ['Hello.', { voice: 'alloy' }, 'voice: got "alloy", expected heart'],
    ['Hello.', { voice: 'a\n\u001b[31m' }, 'voice: got "a\\n\\u001b[31m", expected heart'],
    ['Hello.', { speed: 3 }, 'speed: got 3, expected a number from 0.5 to 2'],
    ['Hello.', { speed: Number.NaN }, 'speed: got NaN, expected a number from 0.5 to 2'],
  ])('refuses %j with %j', async (text, options, message) => {
    await expect(whole(text, options)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', message })
  })
})
