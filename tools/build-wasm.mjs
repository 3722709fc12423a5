// Compiles the AssemblyScript kernels to WebAssembly, into the folder that the built modules lie in.
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'

// The compiler is itself WebAssembly, which V8 would optimise for longer than it runs here.
setFlagsFromString('--liftoff-only')
const { default: asc } = await import('assemblyscript/asc')

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const folder = join(root, 'dist', 'src', 'wasm')
const kernels = { projection: [], adam: ['--importMemory'], noise: [] }

mkdirSync(folder, { recursive: true })
for (const [name, flags] of Object.entries(kernels)) {
  const { error, stderr } = await asc.main([
    join(root, 'src', 'wasm', `${name}.ts`),
    ...['--outFile', join(folder, `${name}.wasm`)],
    ...['--enable', 'simd', '--runtime', 'stub', '--optimizeLevel', '3', '--shrinkLevel', '0', '--converge'],
    // A kernel that aborts traps; it needs nothing else from outside.
    ...['--noAssert', '--use', 'abort=', ...flags],
  ])
  if (error !== null) {
    console.error(stderr.toString())
    process.exit(1)
  }
}
