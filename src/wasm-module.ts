import { readFileSync } from 'node:fs'
import { builtFile } from './package-root.js'

/** A kernel of src/wasm, compiled. */
export function wasmModule(name: 'projection' | 'adam' | 'noise'): WebAssembly.Module {
  return new WebAssembly.Module(readFileSync(builtFile(`src/wasm/${name}.wasm`)))
}

/** Whole WebAssembly pages for so many bytes. */
export function wasmMemory(bytes: number): WebAssembly.Memory {
  const pages = Math.ceil(bytes / 65_536)
  return new WebAssembly.Memory({ initial: pages, maximum: pages })
}
