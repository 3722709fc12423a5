// Bundles the command line, its threads and the doors of the library: Node takes most of the start of a thread to find and
// read some hundred modules. What is loaded on demand, and what entries share, lies in chunks beside them.
import { copyFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = join(fileURLToPath(import.meta.url), '..', '..')
const folder = join(root, 'dist', 'bundle')

/** The package's exports, and what `workerUrl` is asked for. */
const entries = [
  'src/index',
  'src/protocol/messages',
  'src/cli/main',
  'src/cli/jobs/worker',
  'server/index',
  'server/scoring/live-score-worker',
  'server/scoring/score-worker',
  'server/speech/worker',
  'server/synthesis/worker',
  'server/uploads/analysis-worker',
]

/** Comes inside, without its translations and much else that nothing uses: its hundred files take a fifth of a thread's start. */
const bundled = 'zod'
const isOwn = /^\.{1,2}\//

rmSync(folder, { recursive: true, force: true })
await build({
  absWorkingDir: root,
  entryPoints: entries.map((name) => `${name}.ts`),
  outbase: '.',
  outdir: folder,
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  sourcemap: true,
  sourcesContent: false,
  logLevel: 'warning',
  plugins: [
    {
      name: 'other-packages',
      setup({ onResolve }) {
        onResolve({ filter: /.*/ }, ({ path, kind }) => {
          const isInside = kind === 'entry-point' || isOwn.test(path) || path === bundled
          return isInside ? undefined : { path, external: true }
        })
      },
    },
  ],
})
copyFileSync(join(root, 'node_modules', bundled, 'LICENSE'), join(folder, `LICENSE-${bundled}`))
