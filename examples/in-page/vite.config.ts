import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vite'

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))
const read = (relative: string) => readFileSync(path(relative))

const modelFiles = ['manifest.json', 'config.json', 'weights.safetensors', 'calibration.json']
/** Beside the page, under their own names. */
const pageFiles = [
  './manifest.webmanifest',
  '../../dist/web-audio-client/player-worklet.js',
  '../../web-audio-client/demo/icon.svg',
  '../../web-audio-client/demo/public/clips/lakes.flac',
]
/** What `Vocoder.load` stores by itself. */
const storedElsewhere = /^model\/(?!calibration)|\.wasm$/

/** The model, the clip and a service worker that knows all files, each as it is. */
const siteFiles: Plugin = {
  name: 'site-files',
  generateBundle: {
    order: 'post',
    handler(_options, bundle) {
      const emit = (fileName: string, source: string | Uint8Array) =>
        this.emitFile({ type: 'asset', fileName, source })
      for (const name of modelFiles) emit(`model/${name}`, read(`../../models/glowcast-22k/${name}`))
      for (const file of pageFiles) emit(basename(file), read(file))
      const hash = createHash('sha256')
      const names = Object.keys(bundle).sort()
      for (const name of names) {
        const file = bundle[name]!
        hash.update(`${name}\0`).update(file.type === 'chunk' ? file.code : file.source)
      }
      const shell = ['./', ...names.filter((name) => !storedElsewhere.test(name))]
      const version = hash.digest('hex').slice(0, 16)
      const known = `const version = ${JSON.stringify(version)}\nconst shell = ${JSON.stringify(shell)}\n`
      emit('service-worker.js', known + read('./service-worker.js').toString())
    },
  },
}

/** `npm run build:site`: a folder for any static host. All addresses are relative. */
export default defineConfig({
  root: path('.'),
  base: './',
  logLevel: 'warn',
  resolve: {
    // A page of your own needs none of these: `npm install glowcast` puts the package there.
    alias: {
      'glowcast/client': path('../../dist/web-audio-client/index.js'),
      'glowcast/wam': path('../../dist/src/wam/bundle/index.js'),
      'glowcast/web/mel': path('../../dist/src/web/bundle/mel.js'),
      'glowcast/web': path('../../dist/src/web/index.js'),
    },
  },
  build: {
    outDir: path('../../dist/site'),
    emptyOutDir: true,
    target: 'es2022',
    // A strict content security policy allows no data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  worker: { format: 'es' },
  plugins: [siteFiles],
})
