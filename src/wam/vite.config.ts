import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vite'
import { descriptorOf } from './descriptor.js'

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))
const { version } = JSON.parse(readFileSync(path('../../package.json'), 'utf8')) as { version: string }

/** What catalogues of plug-ins read, beside the module. */
const descriptorFile: Plugin = {
  name: 'descriptor-file',
  generateBundle() {
    const source = `${JSON.stringify(descriptorOf(version), null, 2)}\n`
    this.emitFile({ type: 'asset', fileName: 'descriptor.json', source })
  },
}

/** The plug-in names worker and runtime itself: no bundler places what the vocoder would take else. */
const namedPlaces: Plugin = {
  name: 'named-places',
  enforce: 'pre',
  transform(code, id) {
    if (!/\/src\/web\/(start-worker|vocoder)\.ts$/.test(id)) return null
    const place = /new URL\('\.\/bundle\/[^']+', import\.meta\.url\)/
    if (!place.test(code)) throw new Error(`${id}: no ${place.source}`)
    return { code: code.replace(place, "''"), map: null }
  },
}

/** `worklet`: what runs in the audio thread; else what hosts import, with the SDK inside: they know of no packages. */
export default defineConfig(({ mode }) => ({
  logLevel: 'warn',
  publicDir: false,
  define: { VERSION: JSON.stringify(version) },
  plugins: mode === 'worklet' ? [] : [namedPlaces, descriptorFile],
  build: {
    outDir: path('../../dist/src/wam/bundle'),
    emptyOutDir: mode !== 'worklet',
    target: 'es2022',
    lib: {
      entry: path(mode === 'worklet' ? './worklet/worklet.ts' : './index.ts'),
      formats: ['es'],
      fileName: () => (mode === 'worklet' ? 'worklet.js' : 'index.js'),
    },
    rollupOptions: { output: { inlineDynamicImports: true } },
  },
}))
