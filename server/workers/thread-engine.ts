import { setPriority } from 'node:os'
import { createEngine, type Engine } from '../../src/engine/index.js'
import { guardedEngine } from '../../src/threads/guarded-engine.js'
import type { ThreadControl } from '../../src/threads/thread-control.js'

/** Niceness of threads that shall not make live streams late: a tenth of the weight of theirs. */
const niceness = 10

/** On Linux, where 0 means the thread that calls; elsewhere it would mean the process, and nothing is done. */
export function lowerPriority(): void {
  if (process.platform === 'linux') setPriority(0, niceness)
}

/**
 * An engine of one thread; see `guardedEngine`.
 *
 * @throws GlowcastError ENGINE_UNAVAILABLE
 */
export async function threadEngine(
  control: ThreadControl,
  letOthersGo?: () => Promise<void>,
): Promise<Engine> {
  return guardedEngine(await createEngine('onnx', { threads: 1 }), control, letOthersGo)
}
