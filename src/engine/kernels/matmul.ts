import { tf } from '../../tfjs.js'
import { graphValue, kernel, map, result } from './index.js'
import { traceBackend } from './trace-backend.js'

interface MatMulAttributes {
  transposeA: boolean
  transposeB: boolean
}

/**
 * One matrix is a Gemm with its transposes as flags: gradients are full of transposed products, and a
 * Transpose node would copy. Real batches take the fused operator of ONNX Runtime for the same reason.
 */
function matMul(
  a: tf.TensorInfo,
  b: tf.TensorInfo,
  { transposeA, transposeB }: MatMulAttributes,
): tf.TensorInfo {
  const { graph } = traceBackend
  const rows = a.shape.at(transposeA ? -1 : -2)!
  const columns = b.shape.at(transposeB ? -2 : -1)!
  const batch = tf.backend_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2))
  const shape = [...batch, rows, columns]
  const attributes = { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 }
  if (batch.every((length) => length === 1)) {
    const product = graph.emit('Gemm', [matrix(a), matrix(b)], [rows, columns], { attributes })
    return result(product, 'float32', shape)
  }
  const operands = [graphValue(a), graphValue(b)]
  if (!transposeA && !transposeB) return result(graph.emit('MatMul', operands, shape), 'float32')
  return result(
    graph.emit('FusedMatMul', operands, shape, { attributes, domain: 'com.microsoft' }),
    'float32',
  )
}

function matrix(info: tf.TensorInfo) {
  return traceBackend.graph.reshape(traceBackend.value(info), info.shape.slice(-2))
}

kernel<MatMulAttributes>('BatchMatMul', ({ a, b }, attributes) => matMul(a!, b!, attributes))

const activations: Record<string, string> = { relu: 'Relu', sigmoid: 'Sigmoid', elu: 'Elu', tanh: 'Tanh' }

kernel<MatMulAttributes & { activation: string; leakyreluAlpha: number }>(
  '_FusedMatMul',
  ({ a, b, bias, preluActivationWeights }, { activation, leakyreluAlpha, ...transposes }) => {
    const product = matMul(a!, b!, transposes)
    const sum = bias === undefined || bias === null ? product : map('Add', [product, bias], 'float32')
    if (activation === 'linear') return sum
    if (activation === 'prelu') return map('PRelu', [sum, preluActivationWeights!], 'float32')
    if (activation === 'leakyrelu') {
      return map('LeakyRelu', [sum], 'float32', { attributes: { alpha: { float: leakyreluAlpha } } })
    }
    const op = activations[activation]
    if (op === undefined) throw new Error(`Kernel '${activation}' not registered for a fused activation`)
    return map(op, [sum], 'float32')
  },
)
