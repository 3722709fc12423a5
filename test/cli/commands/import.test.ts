import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeNpy } from '../../../src/audio/mel/npy.js'
import { decodeWav } from '../../../src/audio/wav/wav.js'
import { loadModel } from '../../../src/models/load-model.js'
import { openWaveglowCheckpoint, readWeights } from '../../../src/models/waveglow/import/import.js'
import { op, pickle, zipCheckpoint } from '../../models/pytorch/pickle-bytes.js'
import { checkpointBytes } from '../../models/waveglow/import/fixtures.js'
import { randomMel } from '../../tiny-model.js'
import { runBuiltCommand } from '../built-command.js'
import { runCli } from '../memory-io.js'

let folder: string
const at = (name: string) => join(folder, name)
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'glowcast-import-cli-'))
  await writeFile(at('squeezewave.pt'), await checkpointBytes('squeezewave-module'))
})
afterAll(() => rm(folder, { recursive: true }))

const glowcast = (...args: string[]) => runCli(args)

describe('glowcast import', () => {
  it('writes a model folder that vocodes, and says what it found', async () => {
    const made = await runBuiltCommand(['import', at('squeezewave.pt'), '--out', at('model'), '--json'])
    expect(made.stderr).toBe('')
    const figures = JSON.parse(made.stdout)
    expect(figures).toMatchObject({ architecture: 'SqueezeWave', format: 'zip', entry: 'model' })
    expect(figures.config).toMatchObject({ family: 'waveglow', groupSize: 128, flows: 3 })
    const card = await readFile(join(at('model'), 'README.md'), 'utf8')
    expect(card).toContain('`squeezewave.pt`')
    expect(card).toMatch(/sha256 of the origin \| `[0-9a-f]{64}`/)
    expect(card).toMatch(/licence \| \*\*unknown\*\*/)

    const mel = randomMel(30)
    await writeFile(at('mel.npy'), encodeNpy([30, 80], mel.data))
    const options = ['--model', at('model'), '--denoise', '0.1', '--threads', '1']
    const vocoded = await glowcast('vocode', '--mel', at('mel.npy'), at('out.wav'), ...options)
    expect(vocoded.stderr).toBe('')
    expect(decodeWav(await readFile(at('out.wav'))).channels[0]).toHaveLength(30 * 256)

    const info = JSON.parse((await glowcast('info', '--model', at('model'), '--json')).stdout)
    // 3 flows of 2 layers that look one group of 128 samples ahead each.
    expect(info).toMatchObject({
      family: 'waveglow',
      hash: figures.hash,
      lookaheadFrames: 3,
      lookaheadMs: 35,
    })
  })

  it('stores halves where asked, but never of a matrix and its inverse', async () => {
    const options = ['--out', at('half'), '--dtype', 'float16', '--temperature', '0.7']
    expect((await glowcast('import', at('squeezewave.pt'), ...options)).stderr).toBe('')
    const { config, weights } = await loadModel(at('half'))
    expect(config.temperature).toBe(0.7)
    const imported = await openWaveglowCheckpoint(at('squeezewave.pt'))
    const exact = await readWeights(imported.weights)
    await imported.close()
    expect(weights['flow.0.inverse']!.data).toEqual(exact['flow.0.inverse']!.data)
    const [start, exactStart] = [weights, exact].map((from) => from['flow.1.start.weight']!.data)
    expect(start).not.toEqual(exactStart)
    // Halves have 11 bits.
    const errors = start!.map((value, i) => Math.abs(value - exactStart![i]!))
    expect(Math.max(...errors)).toBeLessThan(1e-3)
  })

  it('refuses a checkpoint that would run something, in one line, and writes nothing', async () => {
    const call = [op.global('os', 'system'), op.mark, op.string('touch owned'), op.tuple, op.reduce]
    await writeFile(at('evil.pt'), zipCheckpoint(pickle(...call)))
    const { code, stderr } = await glowcast('import', at('evil.pt'), '--out', at('evil'))
    expect(code).toBe(1)
    expect(stderr.trim().split('\n')).toHaveLength(1)
    expect(stderr).toMatch(/the name "os.system".*nothing was run \[INVALID_MODEL\]/)
    await expect(readFile(join(at('evil'), 'config.json'))).rejects.toThrow(/ENOENT/)
  })

  it.each([
    [['--key', 'nowhere'], /checkpoint entry "nowhere": got no tensor/],
    [['--dilation-base', '9'], /wavenet.dilationBase/],
    [['--temperature', '5'], /expected a number from 0 to 2/],
    [['--dtype', 'int8'], /float32, float16/],
  ])('refuses %j', async (options, message) => {
    const { code, stderr } = await glowcast('import', at('squeezewave.pt'), '--out', at('no'), ...options)
    expect(code).toBe(1)
    expect(stderr).toMatch(message)
  })

  it('does not export, and says so', async () => {
    await glowcast('import', at('squeezewave.pt'), '--out', at('model'))
    const { code, stderr } = await glowcast('export', at('x.onnx'), '--model', at('model'))
    expect(code).toBe(1)
    expect(stderr).toMatch(/a waveglow model, expected a glowcast model/)
  })
})
