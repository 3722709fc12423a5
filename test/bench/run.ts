import { commandLine } from './command-line.js'
import { engineSpeed, speedOverWasm } from './engine-speed.js'
import { longRecordings } from './long-recording.js'
import { memory } from './memory.js'
import { weights } from './weights.js'

/** `npm run bench`: every figure of the benchmarks, as ratios in one run where two things are compared. */
console.log('Engine, multiply-accumulates a second and share of the bare matrix product')
for (const threads of [1, 2]) console.table(await engineSpeed(threads))
console.log('Traced WaveGlow block against the TF.js WASM backend (wanted: 5 times)')
console.table([await speedOverWasm()])
console.log('Weights of a large model, CPU time')
console.table(weights())
console.log('Memory of what once took far more')
console.table(await memory())
console.log('Command line, on one core unless said otherwise')
console.table(await commandLine())
console.log('Scoring of long recordings, on one core; peak memory is of all so far')
console.table(await longRecordings())
