import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeWav } from '../../../src/audio/wav/wav.js'
import { defaultContentShape } from '../../../src/scoring/novelty/config.js'
import {
  assertContentScorable,
  readContentRecording,
  readContentRecordings,
} from '../../../src/scoring/novelty/recording.js'
import { noise } from '../signals.js'

const sampleRate = 22_050
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'glowcast-content-recordings-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function write(name: string, ...channels: Float32Array[]): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, encodeWav({ sampleRate, channels }, { format: 'float32' }))
  return path
}

const amplitude = (db: number) => 10 ** (db / 20)

describe('readContentRecording', () => {
  it('takes what was recorded at a low gain, and neither silence nor a constant', async () => {
    const quiet = await write('quiet.wav', noise(sampleRate, amplitude(-75)))
    const { segments } = await readContentRecording(quiet, defaultContentShape)
    // Above the floor of the log-mel, ln 1e-5, nearly everywhere: there is something to learn from.
    const { data } = segments[0]!.patches
    expect(data.filter((value) => value < Math.log(1.1e-5)).length / data.length).toBeLessThan(0.1)
    const silent = [
      await write('quieter.wav', noise(sampleRate, amplitude(-85))),
      await write('silence.wav', new Float32Array(sampleRate)),
      await write('constant.wav', new Float32Array(sampleRate).fill(0.4)),
      await write(
        'step.wav',
        noise(sampleRate, amplitude(-85)).map((sample) => 0.5 + sample),
      ),
    ]
    for (const path of silent) {
      const wanted = { code: 'SILENT', field: path, expected: 'something above -80 dB full scale' }
      await expect(readContentRecording(path, defaultContentShape)).rejects.toMatchObject(wanted)
    }
    await expect(
      readContentRecording(await write('empty.wav', new Float32Array(0)), defaultContentShape),
    ).rejects.toMatchObject({ code: 'TOO_SHORT' })
  })

  it('hears the mix of all channels', async () => {
    const [left, right] = [noise(sampleRate, 0.1, 1), noise(sampleRate, 0.1, 2)]
    const mixed = await write(
      'mono.wav',
      left.map((sample, i) => (sample + right[i]!) / 2),
    )
    const read = async (path: string) =>
      (await readContentRecording(path, defaultContentShape)).segments[0]!.patches.data
    const [stereo, mono] = [await read(await write('stereo.wav', left, right)), await read(mixed)]
    stereo.forEach((value, i) => {
      expect(value).toBeCloseTo(mono[i]!, 4)
    })
  })
})

describe('assertContentScorable', () => {
  it('takes DC away, and knows digital silence', () => {
    const facts = { seconds: 1, dc: 0.5 }
    expect(() => assertContentScorable('a', { ...facts, meanSquare: 0.25 + 1e-7 })).not.toThrow()
    expect(() => assertContentScorable('a', { ...facts, meanSquare: 0.25 + 1e-9 })).toThrow('silence')
    expect(() => assertContentScorable('a', { seconds: 1, dc: 0, meanSquare: 0 })).toThrow('silence')
  })
})

describe('readContentRecordings', () => {
  it('leaves out copies and names them', async () => {
    const original = await write('original.wav', noise(sampleRate, 0.1))
    const copy = join(folder, 'copy.wav')
    await cp(original, copy)
    const skipped: string[] = []
    const found = await readContentRecordings([original, copy], defaultContentShape, skipped)
    expect(found).toHaveLength(1)
    expect(skipped).toEqual([`${copy}: a copy of another recording`])
  })
})
