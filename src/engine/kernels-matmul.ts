import * as tf from '@tensorflow/tfjs-core'
import type { GraphValue } from './graph-builder.js'
import { graphValue, kernel, result } from './kernels.js'
import { traceBackend } from './trace-backend.js'

interface MatMulAttributes {
  transposeA: boolean
  transposeB: boolean
}

/**
 * One matrix is a Gemm with its transposes as flags: gradients are full of transposed products, and a
 * Transpose node would copy. Real batches take the fused operator of ONNX Runtime for the same reason.
 */
kernel<MatMulAttributes>('BatchMatMul', ({ a, b }, { transposeA, transposeB }) => {
  const { graph } = traceBackend
  const rows = a!.shape.at(transposeA ? -1 : -2)!
  const columns = b!.shape.at(transposeB ? -2 : -1)!
  const batch = tf.backend_util.assertAndGetBroadcastShape(a!.shape.slice(0, -2), b!.shape.slice(0, -2))
  const shape = [...batch, rows, columns]
  if (batch.every((length) => length === 1)) {
    const product = graph.emit('Gemm', [matrix(graphValue(a!)), matrix(graphValue(b!))], [rows, columns], {
      attributes: { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 },
    })
    return result(graph.reshape(product, shape))
  }
  if (!transposeA && !transposeB) return result(graph.emit('MatMul', [graphValue(a!), graphValue(b!)], shape))
  return result(
    graph.emit('FusedMatMul', [graphValue(a!), graphValue(b!)], shape, {
      attributes: { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 },
      domain: 'com.microsoft',
    }),
  )
})

function matrix(value: GraphValue): GraphValue {
  return traceBackend.graph.reshape(value, value.shape.slice(-2))
}
