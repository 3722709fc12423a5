import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { build, defineConfig, type Plugin, type Rollup, type UserConfig } from 'vite'

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))

/** A module in one file, readable, beside the others. */
function module(name: string, entry = `./${name}.ts`): UserConfig {
  return {
    publicDir: false,
    build: {
      outDir: path('../dist/web-audio-client'),
      emptyOutDir: false,
      minify: false,
      sourcemap: true,
      target: 'es2022',
      lib: { entry: path(entry), formats: ['es'], fileName: () => `${name}.js` },
    },
  }
}

/** What shrinks: text. */
const compressible = /\.(?:js|css|svg)$/
/** Below this a packet holds it as it is. */
const minBytes = 1024

/** Each text file once more as `.br` and as `.gz`, which the server sends to those who take it. */
const precompressed: Plugin = {
  name: 'precompressed',
  generateBundle(_options, bundle) {
    for (const [fileName, file] of Object.entries(bundle)) {
      if (!compressible.test(fileName)) continue
      const bytes = Buffer.from(file.type === 'chunk' ? file.code : file.source)
      if (bytes.length < minBytes) continue
      const quality = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY }
      const written = {
        '.br': brotliCompressSync(bytes, { params: quality }),
        '.gz': gzipSync(bytes, { level: 9 }),
      }
      for (const [extension, source] of Object.entries(written)) {
        this.emitFile({ type: 'asset', fileName: `${fileName}${extension}`, source })
      }
    }
  },
}

/** Puts the worklet's text into the client, as minified as it can be without a map. */
const inlineWorklet: Plugin = {
  name: 'inline-worklet',
  async load(id) {
    if (!id.endsWith('/player/worklet/source.ts')) return null
    const lib = { entry: path('./player/worklet/player-worklet.ts'), formats: ['es' as const] }
    const options = { write: false, minify: 'esbuild', target: 'es2022', lib } as const
    const output = await build({ configFile: false, publicDir: false, logLevel: 'warn', build: options })
    const [bundle] = output as Rollup.RollupOutput[]
    return `export const workletSource = ${JSON.stringify(bundle!.output[0].code)}`
  },
}

/** What `vite build --mode …` makes: the client, the worklet that it loads, and the demo page. */
const builds: Record<string, UserConfig> = {
  client: { ...module('index'), plugins: [inlineWorklet] },
  worklet: module('player-worklet', './player/worklet/player-worklet.ts'),
  demo: {
    root: path('./demo'),
    base: './',
    build: {
      outDir: path('../dist/web-audio-client/demo'),
      emptyOutDir: true,
      target: 'es2022',
      // The content security policy allows no data: addresses.
      assetsInlineLimit: 0,
      // A script that Vite would write into the page's every module; browsers of es2022 preload by themselves.
      modulePreload: { polyfill: false },
    },
    worker: { format: 'es' },
    plugins: [precompressed],
  },
}

export default defineConfig(({ mode }) => {
  const build = builds[mode]
  if (build === undefined) throw new Error(`mode: got ${mode}, expected one of ${Object.keys(builds)}`)
  return { logLevel: 'warn', ...build }
})
