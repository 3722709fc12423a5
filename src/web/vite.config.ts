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

export default defineConfig({
  logLevel: 'warn',
  publicDir: false,
  define: {
    RUNTIME_BYTES: runtime.length,
    RUNTIME_SHA256: JSON.stringify(createHash('sha256').update(runtime).digest('hex')),
  },
  plugins: [noNode, importTensorFlow, inlineKernels, onnxRuntime],
  build: {
    outDir: path('../../dist/src/web/bundle'),
    emptyOutDir: true,
    target: 'es2022',
    lib: { entry: path('./worker/worker.ts'), formats: ['es'], fileName: () => 'worker.js' },
    rollupOptions: {
      onwarn(warning, warn) {
        // Of zod's comments: they are for another bundler.
        if (warning.code !== 'INVALID_ANNOTATION') warn(warning)
      },
    },
  },
})
