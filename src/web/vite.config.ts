import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vite'

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))
const runtime = readFileSync(path('../../node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm'))

/** A worker has no files beside it: the kernels come inside, as text. */
const inlineKernels: Plugin = {
  name: 'inline-kernels',
  load(id) {
    if (!id.endsWith('/src/wasm-module.ts')) return null
    const textOf = (name: string) => readFileSync(path(`../../dist/src/wasm/${name}.wasm`), 'base64')
    const kernels = { projection: textOf('projection'), noise: textOf('noise') }
    return `const kernels = ${JSON.stringify(kernels)}
export function wasmModule(name) {
  return new WebAssembly.Module(Uint8Array.from(atob(kernels[name]), (character) => character.charCodeAt(0)))
}`
  },
}

/** A page has no `require`, and rollup leaves out what nothing uses. */
const importTensorFlow: Plugin = {
  name: 'import-tensorflow',
  load: (id) => (id.endsWith('/src/tfjs.ts') ? `export * as tf from '@tensorflow/tfjs-core'` : null),
}

/** A page opens files by a `Blob`, never by a path. */
const noPaths: Plugin = {
  name: 'no-paths',
  load(id) {
    if (!id.endsWith('/src/io/file-input.ts')) return null
    return `export function fileInput(path) {
  throw new Error(path + ': a page has no files')
}
export const openByteFile = fileInput`
  },
}

/** The worker hands the runtime its WebAssembly: what the runtime would fetch itself must not come inside as text too. */
const onnxRuntime: Plugin = {
  name: 'onnx-runtime',
  enforce: 'pre',
  transform(code, id) {
    if (!id.includes('/onnxruntime-web/')) return null
    const address = 'new URL("ort-wasm-simd-threaded.wasm",import.meta.url).href'
    if (!code.includes(address)) throw new Error(`${id}: no ${address}`)
    return { code: code.replaceAll(address, '""'), map: null }
  },
  generateBundle() {
    this.emitFile({ type: 'asset', fileName: 'onnxruntime.wasm', source: runtime })
  },
}

/** What a page cannot run ends the build, and not the page. */
const noNode: Plugin = {
  name: 'no-node',
  enforce: 'pre',
  resolveId(source, importer) {
    if (source.startsWith('node:')) throw new Error(`${importer} imports ${source}, which no page has`)
    return null
  },
}

/** Of the decoder of Opus: 4 MB of networks that improve speech, which nobody asks for. */
const noOpusNetworks: Plugin = {
  name: 'no-opus-networks',
  enforce: 'pre',
  resolveId: (source) => (source === '@wasm-audio-decoders/opus-ml' ? '\0opus-ml' : null),
  load: (id) => (id === '\0opus-ml' ? 'export {}' : null),
}

/** `mel`: what a page runs itself; else the worker. */
export default defineConfig(({ mode }) => ({
  logLevel: 'warn',
  publicDir: false,
  define: {
    RUNTIME_BYTES: runtime.length,
    RUNTIME_SHA256: JSON.stringify(createHash('sha256').update(runtime).digest('hex')),
  },
  plugins: [
    noNode,
    importTensorFlow,
    inlineKernels,
    noPaths,
    noOpusNetworks,
    ...(mode === 'mel' ? [] : [onnxRuntime]),
  ],
  build: {
    outDir: path('../../dist/src/web/bundle'),
    emptyOutDir: mode !== 'mel',
    target: 'es2022',
    lib: {
      entry: path(mode === 'mel' ? './mel.ts' : './worker/worker.ts'),
      formats: ['es'],
      fileName: () => (mode === 'mel' ? 'mel.js' : 'worker.js'),
    },
    rollupOptions: {
      // One file: bundlers of pages place this one, and know of no other.
      output: { inlineDynamicImports: true },
      onwarn(warning, warn) {
        // Of zod's comments: they are for another bundler.
        if (warning.code !== 'INVALID_ANNOTATION') warn(warning)
      },
    },
  },
}))
