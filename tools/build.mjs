// Builds what has changed since the last build: each step has a stamp of its inputs, and is left out while the stamp
// fits and its outputs are there. Steps run side by side. Types are checked by `npm run check`, not here.
// `node tools/build.mjs [STEP…]`
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { tsc } from './compiler.mjs'

const root = join(fileURLToPath(import.meta.url), '..', '..')
const buildInfo = 'dist/.tsbuildinfo'
const configs = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json']

const steps = {
  server: {
    inputs: [...configs, 'src', 'server', 'examples', 'test/bench', 'tools/build-bundle.mjs'],
    outputs: [
      ...['src/cli/main.js', 'src/index.js', 'server/index.js', 'bundle/src/cli/main.js'].map(
        (name) => `dist/${name}`,
      ),
      buildInfo,
    ],
    commands: [[...tsc, '-p', 'tsconfig.build.json'], ['tools/build-bundle.mjs']],
    // With it the compiler takes files that were deleted for written.
    remnant: buildInfo,
    mirrors: ['src', 'server', 'examples', 'test'],
  },
  wasm: {
    inputs: ['package-lock.json', 'src/wasm', 'tools/build-wasm.mjs'],
    outputs: ['projection', 'adam', 'noise'].map((name) => `dist/src/wasm/${name}.wasm`),
    commands: [['tools/build-wasm.mjs']],
  },
  web: {
    inputs: [...configs, 'src', 'web-audio-client', 'tools/build-web.mjs'],
    outputs: ['index.d.ts', 'index.js', 'player-worklet.js', 'demo/index.html'].map(
      (name) => `dist/web-audio-client/${name}`,
    ),
    commands: [[...tsc, '-p', 'web-audio-client/tsconfig.types.json'], ['tools/build-web.mjs']],
    mirrors: ['web-audio-client'],
  },
  // Holds the kernels.
  engine: {
    after: ['wasm'],
    inputs: [...configs, 'src', 'tools/build-engine.mjs'],
    outputs: ['worker.js', 'mel.js', 'onnxruntime.wasm'].map((name) => `dist/src/web/bundle/${name}`),
    commands: [['tools/build-engine.mjs']],
  },
  // For hosts of Web Audio Modules.
  wam: {
    inputs: [...configs, 'package.json', 'src', 'tools/build-wam.mjs'],
    outputs: ['index.js', 'worklet.js', 'descriptor.json'].map((name) => `dist/src/wam/bundle/${name}`),
    commands: [['tools/build-wam.mjs']],
  },
  // Only where it is asked for.
  site: {
    isExtra: true,
    after: ['server', 'web', 'engine', 'wam'],
    inputs: [
      ...configs,
      'src',
      'web-audio-client',
      'models/glowcast-22k',
      'examples/in-page',
      'tools/build-site.mjs',
    ],
    outputs: ['index.html', 'service-worker.js', 'model/weights.safetensors'].map(
      (name) => `dist/site/${name}`,
    ),
    commands: [['tools/build-site.mjs']],
  },
}

const names = process.argv.slice(2)
const unknown = names.find((name) => steps[name] === undefined)
if (unknown !== undefined)
  throw new Error(`step: got ${unknown}, expected one of ${Object.keys(steps).join(', ')}`)
const started = new Map()
const usual = Object.keys(steps).filter((name) => !steps[name].isExtra)
await Promise.all((names.length > 0 ? names : usual).map(start))

/** Once each, after the steps that it takes files from. */
function start(name) {
  const run = async () => {
    await Promise.all((steps[name].after ?? []).map(start))
    await build(name, steps[name])
  }
  if (!started.has(name)) started.set(name, run())
  return started.get(name)
}

async function build(name, { inputs, outputs, commands, remnant, mirrors = [] }) {
  for (const folder of mirrors) removeStale(folder)
  const stamp = join(root, 'dist', '.build', name)
  const hash = hashOf(inputs)
  const isWhole = outputs.every((path) => existsSync(join(root, path)))
  if (isWhole && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return
  console.log(`glowcast: building ${name} …`)
  rmSync(stamp, { force: true })
  if (!isWhole && remnant !== undefined) rmSync(join(root, remnant), { force: true })
  for (const command of commands) {
    const [status] = await once(spawn(process.execPath, command, { cwd: root, stdio: 'inherit' }), 'exit')
    if (status === 0) continue
    process.exitCode = status ?? 1
    return
  }
  mkdirSync(join(root, 'dist', '.build'), { recursive: true })
  writeFileSync(stamp, hash)
}

/** Removes what was made of files that are gone: a package would hold it. What was bundled has no declarations. */
function removeStale(folder) {
  const isSource = (path) =>
    ['.ts', '.js', '.d.ts'].some((ending) => existsSync(join(root, folder, path + ending)))
  if (!existsSync(join(root, 'dist', folder))) return
  const made = readdirSync(join(root, 'dist', folder), { recursive: true })
  for (const name of made.filter((path) => path.endsWith('.d.ts'))) {
    const path = name.slice(0, -'.d.ts'.length)
    if (isSource(path)) continue
    for (const ending of ['.d.ts', '.d.ts.map', '.js', '.js.map']) {
      rmSync(join(root, 'dist', folder, path + ending), { force: true })
    }
  }
}

/** Of the names and contents of files, and of all files in folders. */
function hashOf(inputs) {
  const hash = createHash('sha256')
  for (const input of inputs) {
    const isFolder = statSync(join(root, input)).isDirectory()
    const below = isFolder ? readdirSync(join(root, input), { recursive: true }).sort() : ['']
    for (const name of below) {
      const path = join(root, input, name)
      if (!statSync(path).isFile()) continue
      hash.update(`${input}/${name}\0`)
      hash.update(createHash('sha256').update(readFileSync(path)).digest())
    }
  }
  return hash.digest('hex')
}
