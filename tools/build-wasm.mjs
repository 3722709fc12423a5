// Compiles the AssemblyScript kernels to WebAssembly, into the folder that the built modules lie in.
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import asc from 'assemblyscript/asc'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const folder = join(root, 'dist', 'src', 'wasm')
mkdirSync(folder, { recursive: true })
const { error, stderr } = await asc.main([
  join(root, 'src', 'wasm', 'projection.ts'),
  ...['--outFile', join(folder, 'projection.wasm')],
  ...['--enable', 'simd', '--runtime', 'stub', '--optimizeLevel', '3', '--shrinkLevel', '0', '--converge'],
  // A kernel that aborts traps; it needs nothing from outside.
  ...['--noAssert', '--use', 'abort='],
])
if (error !== null) {
  console.error(stderr.toString())
  process.exit(1)
}
