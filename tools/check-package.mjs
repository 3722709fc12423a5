// Packs what npm would publish and has publint and attw look at it: files that exports name, types, formats.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const folder = mkdtempSync(join(tmpdir(), 'glowcast-pack-'))

function run(command, ...args) {
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: exit code ${status}`)
}

try {
  // Built before; `prepare` would build again.
  run('npm', 'pack', '--ignore-scripts', '--silent', '--pack-destination', folder)
  const [name] = readdirSync(folder)
  const tarball = join(folder, name)
  run('npx', 'publint', 'run', tarball, '--strict')
  // ES modules only. What no TypeScript imports: model files, WebAssembly, the scripts of a worklet and of a worker.
  const untyped = [
    './client/player-worklet.js',
    './web/worker.js',
    './web/onnxruntime.wasm',
    './wam/worklet.js',
    './wam/descriptor.json',
  ]
  run('npx', 'attw', tarball, '--profile', 'esm-only', '--exclude-entrypoints', ...untyped)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
