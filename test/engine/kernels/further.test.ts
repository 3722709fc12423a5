import '../../../src/engine/runtime/gradients.js'
import * as tf from '@tensorflow/tfjs-core'
import { describeCases, type OpCase } from './op-case.js'

const vector = [[6]]
const pair = [
  [2, 3],
  [2, 3],
]
const toFloat = (x: tf.Tensor) => tf.cast(x, 'float32')
const toInt = (x: tf.Tensor) => tf.cast(tf.mul(x, 10), 'int32')

describeCases('functions', [
  { name: 'elu', shapes: vector, run: (x) => tf.elu(x!) },
  { name: 'relu6', shapes: vector, run: (x) => tf.relu6(tf.mul(x!, 8)) },
  { name: 'tan', shapes: vector, run: (x) => tf.tan(tf.mul(x!, 0.3)) },
  { name: 'asin', shapes: vector, scale: 0.3, run: (x) => tf.asin(x!) },
  { name: 'acos', shapes: vector, scale: 0.3, run: (x) => tf.acos(x!) },
  { name: 'atan', shapes: vector, run: (x) => tf.atan(x!) },
  { name: 'sinh', shapes: vector, run: (x) => tf.sinh(x!) },
  { name: 'cosh', shapes: vector, run: (x) => tf.cosh(x!) },
  { name: 'asinh', shapes: vector, run: (x) => tf.asinh(x!) },
  { name: 'acosh', shapes: vector, positive: true, run: (x) => tf.acosh(tf.add(x!, 1)) },
  { name: 'atanh', shapes: vector, scale: 0.3, run: (x) => tf.atanh(x!) },
  { name: 'prelu', shapes: pair, run: (x, alpha) => tf.prelu(x!, alpha!), gradient: false },
  { name: 'expm1 near 0', shapes: vector, scale: 1e-4, run: (x) => tf.expm1(x!) },
  { name: 'expm1 far from 0', shapes: vector, scale: 30, run: (x) => tf.expm1(x!), gradient: false },
  { name: 'log1p near 0', shapes: vector, scale: 1e-4, run: (x) => tf.log1p(x!) },
  { name: 'log1p at 0', shapes: vector, scale: 0, run: (x) => tf.log1p(x!) },
  { name: 'logSoftmax', shapes: [[2, 5]], run: (x) => tf.logSoftmax(x!) },
  { name: 'softmax of a reshaped product', shapes: pair, run: (a, b) => softmaxOfProduct(a!, b!) },
  { name: 'logSumExp', shapes: [[2, 5]], run: (x) => tf.logSumExp(x!, 1) },
])

function softmaxOfProduct(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  return tf.softmax(tf.reshape(tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D, true), [1, 3, 3]))
}

describeCases('truth values and integers', [
  {
    name: 'logicalOr',
    shapes: pair,
    gradient: false,
    run: (a, b) => toFloat(tf.logicalOr(tf.greater(a!, 0), tf.less(b!, 0))),
  },
  { name: 'a truth value as the result', shapes: pair, gradient: false, run: (a, b) => tf.greater(a!, b!) },
  {
    name: 'an integer as the result',
    shapes: vector,
    gradient: false,
    run: (x) => tf.add(toInt(x!), tf.scalar(3, 'int32')),
  },
  {
    name: 'integer arithmetic',
    shapes: pair,
    gradient: false,
    run: (a, b) => tf.sub(tf.mul(toInt(a!), toInt(b!)), toInt(a!)),
  },
  { name: 'integer reduction', shapes: pair, gradient: false, run: (a) => tf.sum(toInt(a!), 1) },
  { name: 'count of truth values', shapes: pair, gradient: false, run: (a, b) => tf.sum(tf.greater(a!, b!)) },
  { name: 'integer slices and joins', shapes: [[2, 6]], gradient: false, run: (x) => integerJoin(toInt(x!)) },
  {
    name: 'floorDiv',
    shapes: pair,
    gradient: false,
    run: (a, b) => tf.floorDiv(toInt(a!), tf.add(toInt(tf.abs(b!)), 1)),
  },
  { name: 'mod', shapes: pair, run: (a, b) => tf.mod(a!, tf.add(tf.abs(b!), 1)), gradient: false },
  { name: 'isNaN', shapes: vector, gradient: false, run: (x) => toFloat(tf.isNaN(tf.log(x!))) },
  { name: 'isInf', shapes: vector, gradient: false, run: (x) => toFloat(tf.isInf(tf.div(x!, 0))) },
  { name: 'isFinite', shapes: vector, gradient: false, run: (x) => toFloat(tf.isFinite(tf.log(x!))) },
  { name: 'all', shapes: [[2, 3]], gradient: false, run: (x) => toFloat(tf.all(tf.greater(x!, -0.5), 1)) },
  {
    name: 'any',
    shapes: [[2, 3]],
    gradient: false,
    run: (x) => toFloat(tf.any(tf.greater(x!, 0.5), 0, true)),
  },
  { name: 'argMax', shapes: [[3, 5]], gradient: false, run: (x) => toFloat(tf.argMax(x!, 1)) },
  { name: 'argMin', shapes: [[3, 5]], gradient: false, run: (x) => toFloat(tf.argMin(x!, 0)) },
])

function integerJoin(x: tf.Tensor): tf.Tensor {
  const [left, right] = tf.split(x, 2, 1)
  return tf.concat([right!, tf.reverse(left!, 1), tf.slice(x, [0, 2], [2, 2])], 1)
}

const indices = () => tf.tensor1d([2, 0, 2], 'int32')

describeCases('shapes', [
  { name: 'unstack', shapes: [[3, 2, 2]], run: (x) => tf.concat(tf.unstack(x!, 1).reverse(), 1) },
  { name: 'gather rows', shapes: [[3, 4]], run: (x) => tf.gather(x!, indices()) },
  { name: 'gather columns', shapes: [[2, 3]], run: (x) => tf.gather(x!, indices(), 1) },
  {
    name: 'stridedSlice',
    shapes: [[4, 6]],
    gradient: false,
    run: (x) => tf.stridedSlice(x!, [0, 1], [4, 6], [2, 3]),
  },
  {
    name: 'stridedSlice backwards',
    shapes: [[4]],
    gradient: false,
    run: (x) => tf.stridedSlice(x!, [3], [-5], [-1]),
  },
  {
    name: 'stridedSlice of one row',
    shapes: [[3, 4]],
    gradient: false,
    run: (x) => tf.stridedSlice(x!, [1, 0], [2, 4], [1, 1], 0, 0, 0, 0, 1),
  },
  {
    name: 'mirrorPad',
    shapes: [[2, 5]],
    gradient: false,
    run: (x) =>
      tf.mirrorPad(
        x!,
        [
          [0, 0],
          [2, 3],
        ],
        'reflect',
      ),
  },
  {
    name: 'pad by nothing',
    shapes: [[2, 3]],
    run: (x) =>
      tf.pad(x!, [
        [0, 0],
        [0, 0],
      ]),
  },
  { name: 'transpose of a row', shapes: [[1, 4]], run: (x) => tf.transpose(x!) },
  { name: 'range', shapes: [[4]], run: (x) => tf.mul(x!, tf.range(1, 9, 2)) },
  { name: 'linspace', shapes: [[5]], run: (x) => tf.mul(x!, tf.linspace(-1, 1, 5)) },
  { name: 'sum of nothing', shapes: [[3]], run: (x) => tf.sum(x!, []) },
  { name: 'sum with a leading axis of 1', shapes: [[1, 3]], run: (x) => tf.sum(x!, 0) },
])

const linear = (x: tf.Tensor, w: tf.Tensor) => {
  const [batch, time, channels] = x.shape as [number, number, number]
  return tf.reshape(tf.matMul(tf.reshape(x, [batch * time, channels]), w as tf.Tensor2D), [
    batch,
    time,
    w.shape[1]!,
  ])
}
const products = [
  [2, 4, 3],
  [3, 6],
]

/** Values that the graph holds as [batch * time, channels] while TF.js sees [batch, time, channels]. */
const viewed: Omit<OpCase, 'shapes'>[] = [
  { name: 'a gate', run: (x, w) => gate(linear(x!, w!)) },
  { name: 'a row added', run: (x, w) => tf.add(linear(x!, w!), tf.tensor1d([1, 2, 3, 4, 5, 6])) },
  { name: 'a column added', run: (x, w) => tf.add(linear(x!, w!), tf.ones([2, 4, 1])) },
  {
    name: 'a frame added to each batch',
    run: (x, w) => tf.mul(linear(x!, w!), tf.reshape(tf.linspace(0, 1, 24), [1, 4, 6])),
  },
  {
    name: 'a batch added to each frame',
    run: (x, w) => tf.mul(linear(x!, w!), tf.reshape(tf.linspace(0, 1, 12), [2, 1, 6])),
  },
  {
    name: 'with what is not a product',
    run: (x, w) => tf.sub(tf.slice(linear(x!, w!), [0, 0, 2], [2, 4, 3]), x!),
  },
  {
    name: 'compared',
    run: (x, w) => tf.where(tf.greater(linear(x!, w!), 0), linear(x!, w!), 0.5),
    gradient: false,
  },
  { name: 'joined along channels', run: (x, w) => tf.concat([linear(x!, w!), x!], 2) },
  { name: 'joined along time', run: (x, w) => tf.concat([linear(x!, w!), linear(x!, w!)], 1) },
  { name: 'sliced along time', run: (x, w) => tf.slice(linear(x!, w!), [0, 1, 0], [2, 2, 6]) },
  { name: 'summed to channels', run: (x, w) => tf.sum(linear(x!, w!), [0, 1]) },
  { name: 'summed to batches', run: (x, w) => tf.sum(linear(x!, w!), [1, 2]) },
  { name: 'summed over channels', run: (x, w) => tf.sum(linear(x!, w!), -1, true) },
  { name: 'mean of all', run: (x, w) => tf.mean(linear(x!, w!)) },
  { name: 'cumulated', run: (x, w) => tf.cumsum(linear(x!, w!), 2) },
  { name: 'dilated taps', run: (x, w) => taps(linear(x!, w!), [0, 1, 2]) },
  { name: 'taps in another order', run: (x, w) => taps(linear(x!, w!), [2, 0]) },
]

function gate(u: tf.Tensor): tf.Tensor {
  const [filter, open] = tf.split(u, 2, 2)
  return tf.mul(tf.tanh(filter!), tf.sigmoid(open!))
}

function taps(x: tf.Tensor, starts: readonly number[]): tf.Tensor {
  const cut = (start: number) => tf.slice(x, [0, start, 0], [2, 2, 6])
  return tf.concat(starts.map(cut), 2)
}

describeCases(
  'matrix products seen in three axes',
  viewed.map((test) => ({ ...test, shapes: products })),
)

describeCases('fused products', [
  {
    name: 'linear',
    shapes: [
      [2, 3],
      [3, 4],
    ],
    gradient: false,
    run: (a, b) => tf.fused.matMul({ a: a!, b: b! }),
  },
  {
    name: 'bias and relu',
    shapes: [[2, 3], [3, 4], [4]],
    gradient: false,
    run: (a, b, bias) => tf.fused.matMul({ a: a!, b: b!, bias: bias!, activation: 'relu' }),
  },
  {
    name: 'leakyrelu',
    shapes: [
      [2, 3],
      [3, 4],
    ],
    gradient: false,
    run: (a, b) => tf.fused.matMul({ a: a!, b: b!, activation: 'leakyrelu', leakyreluAlpha: 0.3 }),
  },
])
