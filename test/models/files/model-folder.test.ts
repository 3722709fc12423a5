import { mkdir, mkdtemp, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { GlowcastError } from '../../../src/errors.js'
import { checkWeights } from '../../../src/models/files/check-weights.js'
import { loadModelFolder, saveModelFolder } from '../../../src/models/files/model-folder.js'
import { writeSafetensors } from '../../../src/models/files/safetensors.js'

const weights = {
  'flow.0.weight': { shape: [2, 2], data: Float32Array.of(1, -0.5, 0.25, 1 / 3) },
  'flow.0.bias': { shape: [2], data: Float32Array.of(0, 2) },
}
const config = { family: 'tiny', groupSize: 8 }
const model = { config, weights, card: '# A tiny model\n', dtype: 'F32' as const }
const asIs = (json: unknown) => json

let root: string
let dir: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'glowcast-model-'))
  dir = join(root, 'nested', 'model')
})
afterEach(() => rm(root, { recursive: true }))

async function refusal(): Promise<string> {
  const error: unknown = await loadModelFolder(dir, asIs).catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(GlowcastError)
  const { code, message } = error as GlowcastError
  expect(code).toBe('INVALID_MODEL')
  return message
}

describe('a model folder', () => {
  it('gives back what was saved, and the same hash', async () => {
    const hash = await saveModelFolder(dir, model)
    const loaded = await loadModelFolder(dir, asIs)
    expect(loaded).toEqual({ config, weights, hash })
    expect((await readdir(dir)).sort()).toEqual([
      'README.md',
      'config.json',
      'manifest.json',
      'weights.safetensors',
    ])
    expect(await readFile(join(dir, 'README.md'), 'utf8')).toBe(model.card)
  })

  it('stores halves unless told otherwise', async () => {
    await saveModelFolder(dir, { config, weights, card: '' })
    const loaded = await loadModelFolder(dir, asIs)
    expect(loaded.weights['flow.0.weight']!.data[1]).toBe(-0.5)
    expect(loaded.weights['flow.0.weight']!.data[3]).toBe(1365 / 4096)
  })

  it('replaces an older model and leaves nothing else behind', async () => {
    const first = await saveModelFolder(dir, model)
    const second = await saveModelFolder(dir, { ...model, config: { family: 'other' } })
    expect(second).not.toBe(first)
    expect((await loadModelFolder(dir, asIs)).config).toEqual({ family: 'other' })
    expect(await readdir(join(root, 'nested'))).toEqual(['model'])
  })

  it('never replaces a folder that holds something else', async () => {
    await saveModelFolder(dir, model)
    await writeFile(join(dir, 'thesis.txt'), 'years of work')
    await expect(saveModelFolder(dir, model)).rejects.toMatchObject({
      code: 'IO',
      got: 'a folder that holds thesis.txt',
    })
    expect(await readFile(join(dir, 'thesis.txt'), 'utf8')).toBe('years of work')
  })

  it('leaves no trace when the weights cannot be stored', async () => {
    const bad = { ...weights, bad: { shape: [1], data: Float32Array.of(Number.NaN) } }
    await expect(saveModelFolder(dir, { ...model, weights: bad })).rejects.toMatchObject({
      code: 'NON_FINITE',
    })
    expect(await readdir(root)).toEqual([])
  })

  it('passes on what parse throws', async () => {
    await saveModelFolder(dir, model)
    const parse = () => {
      throw new GlowcastError('INVALID_CONFIG', 'family', 'tiny', 'glowcast')
    }
    await expect(loadModelFolder(dir, parse)).rejects.toMatchObject({ code: 'INVALID_CONFIG' })
  })

  it('refuses a folder that is not there', async () => {
    expect(await refusal()).toContain('no such file')
  })

  it.each(['manifest.json', 'config.json', 'weights.safetensors'])(
    'refuses a folder without %s',
    async (name) => {
      await saveModelFolder(dir, model)
      await rm(join(dir, name))
      expect(await refusal()).toMatch(new RegExp(`${name}: got no such file`))
    },
  )

  it('refuses truncated weights', async () => {
    await saveModelFolder(dir, model)
    await truncate(join(dir, 'weights.safetensors'), 100)
    expect(await refusal()).toContain('weights.safetensors: got 100 bytes')
  })

  it.each(['config.json', 'weights.safetensors'])('refuses one changed byte in %s', async (name) => {
    await saveModelFolder(dir, model)
    const bytes = await readFile(join(dir, name))
    bytes[bytes.length - 3]! ^= 1
    await writeFile(join(dir, name), bytes)
    expect(await refusal()).toMatch(new RegExp(`${name}: got sha256`))
  })

  it.each([
    ['text', 'no JSON', 'does not parse'],
    ['another version', '{"format":"glowcast-model","version":2,"files":{}}', 'version: got 2, expected 1'],
    ['a list', '[]', 'manifest.json: got [], expected object'],
  ])('refuses a manifest that is %s', async (_, text, message) => {
    await saveModelFolder(dir, model)
    await writeFile(join(dir, 'manifest.json'), text)
    expect(await refusal()).toContain(message)
  })

  it('refuses weights that are not finite, even where the hash agrees', async () => {
    await saveModelFolder(dir, model)
    const file = writeSafetensors(model.weights, { metadata: { format: 'glowcast' } })
    new DataView(file.buffer).setFloat32(file.length - 4, Number.POSITIVE_INFINITY, true)
    const { createHash } = await import('node:crypto')
    const manifest = JSON.parse(await readFile(join(dir, 'manifest.json'), 'utf8'))
    manifest.files['weights.safetensors'].sha256 = createHash('sha256').update(file).digest('hex')
    await writeFile(join(dir, 'weights.safetensors'), file)
    await writeFile(join(dir, 'manifest.json'), JSON.stringify(manifest))
    expect(await refusal()).toContain('weight "flow.0.weight": got Infinity at index 3')
  })
})

describe('checkWeights', () => {
  const expected = { a: [2, 3], b: [4], c: [] }

  it('accepts the same names and shapes', () => {
    const got = { c: { shape: [] }, b: { shape: [4] }, a: { shape: [2, 3] } }
    expect(() => checkWeights(expected, got)).not.toThrow()
  })

  it('says all that differs at once', () => {
    const got = { a: { shape: [3, 2] }, b: { shape: [4, 1] }, d: { shape: [1] } }
    expect(() => checkWeights(expected, got)).toThrow(
      'weights: got missing "c"; extra "d"; shape "a" [3, 2] instead of [2, 3], "b" [4, 1] instead of [4], expected',
    )
  })

  it('counts what it does not list', () => {
    const many = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`w${i}`, [1]]))
    expect(() => checkWeights(many, {})).toThrow('"w4" and 7 more')
  })
})

describe('a save that is killed', () => {
  it('between its two renames leaves the old model, which a reader brings back', async () => {
    const hash = await saveModelFolder(dir, model)
    const aside = join(root, 'nested', '.model.glowcast-old')
    await rename(dir, aside)
    expect((await loadModelFolder(dir, asIs)).hash).toBe(hash)
    expect(await readdir(join(root, 'nested'))).toEqual(['model'])
    // After the second rename, what is aside is older than what is there.
    await mkdir(aside)
    await saveModelFolder(dir, model)
    expect(await readdir(join(root, 'nested'))).toEqual(['model'])
  })

  it('is no matter to others that save the same folder', async () => {
    await saveModelFolder(dir, model)
    await Promise.all(['a', 'b', 'c'].map((card) => saveModelFolder(dir, { ...model, card })))
    expect((await loadModelFolder(dir, asIs)).hash).toMatch(/^[0-9a-f]{64}$/)
    expect(await readdir(join(root, 'nested'))).toEqual(['model'])
  })
})
