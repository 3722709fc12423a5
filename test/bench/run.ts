import { commandLine } from './command-line.js'
import { engineSpeed, speedOverWasm } from './engine-speed.js'

/** `npm run bench`: every figure of the benchmarks, as ratios in one run where two things are compared. */
console.log('Engine, multiply-accumulates a second and share of the bare matrix product')
for (const threads of [1, 2]) console.table(await engineSpeed(threads))
console.log('Traced WaveGlow block against the TF.js WASM backend (wanted: 5 times)')
console.table([await speedOverWasm()])
console.log('Command line, on one core unless said otherwise')
console.table(await commandLine())
