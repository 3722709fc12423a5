import { readFileSync } from 'node:fs'

/**
 * A kernel of src/wasm, compiled. The build has them beside the modules; tests run the sources, and take those of the
 * last build.
 */
export function wasmModule(name: 'projection' | 'adam' | 'noise'): WebAssembly.Module {
  const fromSources = import.meta.url.endsWith('.ts')
  const folder = fromSources ? '../dist/src/wasm/' : './wasm/'
  return new WebAssembly.Module(readFileSync(new URL(`${folder}${name}.wasm`, import.meta.url)))
}

/** Whole WebAssembly pages for so many bytes. */
export function wasmMemory(bytes: number): WebAssembly.Memory {
  const pages = Math.ceil(bytes / 65_536)
  return new WebAssembly.Memory({ initial: pages, maximum: pages })
}
