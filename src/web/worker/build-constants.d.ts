/** Of the WebAssembly that the build puts beside the worker. */
declare const RUNTIME_BYTES: number
declare const RUNTIME_SHA256: string
