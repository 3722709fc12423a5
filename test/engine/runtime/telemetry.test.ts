import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, expect, it } from 'vitest'
import { builtFile } from '../../../src/package-root.js'
import { built } from '../../built.js'

beforeAll(() => built('server', 'wasm'))

const variable = 'ORT_DISABLE_TELEMETRY'
const module = (text: string) => `data:text/javascript,${encodeURIComponent(text)}`

/** Prints what the variable is when ONNX Runtime's library loads; `--import` brings it into workers too. */
const watch = `
import { isMainThread } from 'node:worker_threads'
const { dlopen } = process
process.dlopen = (...args) => {
  if (args[1].includes('onnxruntime')) {
    console.log(JSON.stringify({ main: isMainThread, value: process.env.${variable} }))
  }
  return dlopen.apply(process, args)
}`

/** The library of the last build in the main thread, in a worker, and in a worker whose process did not set it. */
const program = (library: string) => `
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { createEngine } from ${JSON.stringify(library)}
const code = \`
import { createEngine } from ${JSON.stringify(library)}
console.log(JSON.stringify({ worker: await createEngine('onnx').then(({ name }) => name, (error) => error.message) }))\`
const url = new URL('data:text/javascript,' + encodeURIComponent(code))
await once(new Worker(url), 'exit')
await once(new Worker(url, { env: {} }), 'exit')
await createEngine('onnx')`

it('is turned off before ONNX Runtime loads, in the main thread and in workers', async () => {
  const library = pathToFileURL(builtFile('bundle/src/index.js')).href
  const { [variable]: _, ...env } = process.env
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', module(watch), '--input-type=module', '--eval', program(library)],
    { env: { ...env, [variable]: '0' } },
  )
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines).toEqual([
    { main: false, value: '1' },
    { worker: 'onnx' },
    { worker: expect.stringMatching(/ORT_DISABLE_TELEMETRY: got nothing in a worker thread, expected "1"/) },
    { main: true, value: '1' },
  ])
})

it.skipIf(process.platform === 'win32')('has the name that the installed library reads', async () => {
  const folder = join('node_modules', 'onnxruntime-node', 'bin', 'napi-v6', process.platform, process.arch)
  const library = (await readdir(folder)).find((name) => name.startsWith('libonnxruntime.'))!
  expect((await readFile(join(folder, library))).includes(`${variable}\0`)).toBe(true)
})

/** WebAssembly reads no environment, and its build of ONNX Runtime has no telemetry. */
const inPages = join('src', 'web', 'worker', 'runtime-engine.ts')

it('is not in the build for pages', async () => {
  const wasm = await readFile(join('node_modules', 'onnxruntime-web', 'dist', 'ort-wasm-simd-threaded.wasm'))
  for (const word of [variable, 'telemetry', 'Telemetry']) expect(wasm.includes(word)).toBe(false)
})

it('is turned off wherever ONNX Runtime is loaded: one module imports it', async () => {
  const importing: string[] = []
  for (const folder of ['src', 'server', 'web-audio-client', 'test']) {
    for (const name of await readdir(folder, { recursive: true })) {
      if (!name.endsWith('.ts')) continue
      const text = await readFile(join(folder, name), 'utf8')
      if (/(?<!import type .*)from 'onnxruntime|(?<!typeof )import\('onnxruntime/.test(text)) {
        importing.push(join(folder, name))
      }
    }
  }
  expect(importing.sort()).toEqual([join('src', 'engine', 'runtime', 'onnx-runtime.ts'), inPages])
})
