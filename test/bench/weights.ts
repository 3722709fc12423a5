import * as tf from '@tensorflow/tfjs-core'
import { traceToOnnx } from '../../src/engine/compile.js'
import { float16ToFloat32, float32ToFloat16 } from '../../src/numeric/float16.js'

export interface WeightsRow {
  readonly task: string
  readonly ms: number
  readonly maxMs: number
}

/**
 * What is done with every weight of a large model.
 *
 * @throws Error where a task takes ten times of what it should: it does something else with each number than it did
 */
export function weights(): WeightsRow[] {
  const halves = new Uint16Array(7_000_000).map((_, i) => (i * 2654435761) & 0x7bff)
  const data = new Float32Array(4_000_000).map((_, i) => i)
  const rows = [
    row('14 MB of halves to floats and back', 600, () => float32ToFloat16(float16ToFloat32(halves))),
    // TF.js searches what it is given for tensors, which takes seconds for so many numbers.
    row('16 MB of weights into a graph', 600, () =>
      traceToOnnx(
        ({ x, w }) => ({ y: tf.mul(x!, w!) }),
        { x: [1] },
        { constants: { w: { shape: [data.length], data } } },
      ),
    ),
  ]
  for (const { task, ms, maxMs } of rows) {
    if (ms > maxMs) throw new Error(`${task}: got ${ms} ms, expected at most ${maxMs} ms`)
  }
  return rows
}

function row(task: string, maxMs: number, run: () => unknown): WeightsRow {
  const before = process.cpuUsage()
  run()
  const { user, system } = process.cpuUsage(before)
  return { task, ms: Math.round((user + system) / 1000), maxMs }
}
