import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeNpy } from '../../../src/audio/mel/npy.js'
import { createEngine } from '../../../src/engine/index.js'
import type { LoadOnnxRuntime } from '../../../src/engine/runtime/onnx-runtime.js'
import { saveModelFolder } from '../../../src/models/files/model-folder.js'
import { built } from '../../built.js'
import { builtCommand } from '../../cli/built-command.js'
import { randomMel, tinyConfig, tinyWeights } from '../../tiny-model.js'

const failing =
  (message: string): LoadOnnxRuntime =>
  () =>
    Promise.reject(new Error(message))

describe('where ONNX Runtime does not load', () => {
  const alpine =
    'Error loading shared library ld-linux-x86-64.so.2: No such file or directory (needed by x.node)'
  const old = "/lib/x86_64-linux-gnu/libm.so.6: version `GLIBC_2.29' not found (required by x.node)"
  const gone =
    "Cannot find module '../bin/napi-v6/linux/riscv64/onnxruntime_binding.node'\nRequire stack:\n- here"
  const image = 'a system with a recent glibc: a Debian image such as node:22-slim, not node:22-alpine'

  it.each([
    ['musl', alpine, image],
    ['an old glibc', old, image],
    ['no library for the platform, or one that was removed', gone, /npm install onnxruntime-node again/],
  ])('says what helps: %s', async (_, message, expected) => {
    await expect(createEngine('onnx', {}, failing(message))).rejects.toMatchObject({
      code: 'ENGINE_UNAVAILABLE',
      field: 'engine onnx',
      got: `onnxruntime-node that does not load (${message.split('\n')[0]})`,
      expected: typeof expected === 'string' ? expected : expect.stringMatching(expected),
    })
  })

  it('takes plain JavaScript for "auto", and warns once', async () => {
    const warnings: string[] = []
    const options = { warn: (message: string) => warnings.push(message) }
    for (let i = 0; i < 2; i++) {
      const engine = await createEngine('auto', options, failing(alpine))
      expect(engine.name).toBe('tfjs-cpu')
      expect(engine.description).toMatch(/ONNX Runtime did not load: .*ld-linux/)
    }
    expect(warnings).toEqual([expect.stringMatching(/50 times slower.*node:22-slim/)])
  })

  it('falls back from nothing else: neither from a device nor from a wrong option', async () => {
    const device = createEngine('auto', { device: 'cuda' }, failing(alpine))
    await expect(device).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE' })
    const precise = createEngine('auto', { device: 'cuda', precision: 'int8' })
    await expect(precise).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })
})

describe('the command line where ONNX Runtime does not load', () => {
  /** As musl answers, in workers too. */
  const hook = `
const { dlopen } = process
process.dlopen = (...args) => {
  if (!args[1].includes('onnxruntime')) return dlopen.apply(process, args)
  throw new Error('Error loading shared library ld-linux-x86-64.so.2: No such file or directory')
}`
  let folder: string
  beforeAll(async () => {
    await built('server', 'wasm')
    folder = mkdtempSync(join(tmpdir(), 'glowcast-engine-'))
    const model = { config: tinyConfig, weights: tinyWeights(), card: 'a test' }
    await saveModelFolder(join(folder, 'model'), model)
    const mel = randomMel(4)
    writeFileSync(join(folder, 'mel.npy'), encodeNpy([mel.frames, 80], mel.data))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  const glowcast = (...args: string[]) => {
    const module = `data:text/javascript,${encodeURIComponent(hook)}`
    const all = ['--import', module, builtCommand, ...args, '--model', join(folder, 'model')]
    return new Promise((resolve) => {
      execFile(process.execPath, all, (error, _stdout, stderr) =>
        resolve({ status: error?.code ?? 0, stderr }),
      )
    })
  }
  const refusal = { status: 1, stderr: expect.stringMatching(/node:22-slim.*\[ENGINE_UNAVAILABLE\]/) }
  const vocode = () => ['vocode', '--mel', join(folder, 'mel.npy'), join(folder, 'out.wav')]

  it('warns and goes on', async () => {
    const warned = { status: 0, stderr: expect.stringMatching(/50 times slower.*node:22-slim/) }
    expect(await glowcast(...vocode())).toMatchObject(warned)
  })

  it('refuses, where it was asked for', async () => {
    expect(await glowcast(...vocode(), '--engine', 'onnx')).toMatchObject(refusal)
  })

  it('does not begin to serve', async () => {
    expect(await glowcast('serve', '--port', '0', '--threads', '1')).toMatchObject(refusal)
  })
})
