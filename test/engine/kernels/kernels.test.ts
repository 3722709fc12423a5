import '../../../src/engine/runtime/gradients.js'
import * as tf from '@tensorflow/tfjs-core'
import { describeCases, type OpCase } from './op-case.js'

const vector = [[6]]
const pair = [
  [2, 3, 4],
  [2, 3, 4],
]

const cases: OpCase[] = [
  { name: 'add', shapes: pair, run: (a, b) => tf.add(a!, b!) },
  { name: 'add, broadcast row', shapes: [[2, 3, 4], [4]], run: (a, b) => tf.add(a!, b!) },
  {
    name: 'add, broadcast both',
    shapes: [
      [3, 1],
      [1, 4],
    ],
    run: (a, b) => tf.add(a!, b!),
  },
  { name: 'sub', shapes: [[2, 3], [3]], run: (a, b) => tf.sub(a!, b!) },
  {
    name: 'mul',
    shapes: [
      [2, 3],
      [2, 1],
    ],
    run: (a, b) => tf.mul(a!, b!),
  },
  { name: 'div', shapes: pair, positive: true, run: (a, b) => tf.div(a!, b!) },
  { name: 'maximum', shapes: pair, run: (a, b) => tf.maximum(a!, b!) },
  { name: 'minimum', shapes: pair, run: (a, b) => tf.minimum(a!, b!) },
  { name: 'pow', shapes: [[5], [5]], positive: true, run: (a, b) => tf.pow(a!, b!) },
  { name: 'squaredDifference', shapes: pair, run: (a, b) => tf.squaredDifference(a!, b!) },
  { name: 'exp', shapes: vector, run: (x) => tf.exp(x!) },
  { name: 'expm1', shapes: vector, run: (x) => tf.expm1(x!) },
  { name: 'log', shapes: vector, positive: true, run: (x) => tf.log(x!) },
  { name: 'log1p', shapes: vector, positive: true, run: (x) => tf.log1p(x!) },
  { name: 'tanh', shapes: vector, run: (x) => tf.tanh(x!) },
  { name: 'sigmoid', shapes: vector, run: (x) => tf.sigmoid(x!) },
  { name: 'neg', shapes: vector, run: (x) => tf.neg(x!) },
  { name: 'sqrt', shapes: vector, positive: true, run: (x) => tf.sqrt(x!) },
  { name: 'rsqrt', shapes: vector, positive: true, run: (x) => tf.rsqrt(x!) },
  { name: 'square', shapes: vector, run: (x) => tf.square(x!) },
  { name: 'abs', shapes: vector, run: (x) => tf.abs(x!) },
  { name: 'sign', shapes: vector, run: (x) => tf.sign(x!), gradient: false },
  { name: 'step', shapes: vector, run: (x) => tf.step(x!, 0.25), gradient: false },
  { name: 'relu', shapes: vector, run: (x) => tf.relu(x!) },
  { name: 'leakyRelu', shapes: vector, run: (x) => tf.leakyRelu(x!, 0.1) },
  { name: 'softplus', shapes: vector, run: (x) => tf.softplus(x!) },
  { name: 'erf', shapes: vector, run: (x) => tf.erf(x!) },
  { name: 'sin', shapes: vector, run: (x) => tf.sin(x!) },
  { name: 'cos', shapes: vector, run: (x) => tf.cos(x!) },
  { name: 'floor', shapes: vector, run: (x) => tf.floor(x!), gradient: false },
  { name: 'ceil', shapes: vector, run: (x) => tf.ceil(x!), gradient: false },
  { name: 'round', shapes: vector, run: (x) => tf.round(x!), gradient: false },
  { name: 'reciprocal', shapes: vector, positive: true, run: (x) => tf.reciprocal(x!) },
  { name: 'clipByValue', shapes: vector, run: (x) => tf.clipByValue(x!, -0.5, 0.5) },
  { name: 'greater', shapes: pair, run: (a, b) => tf.cast(tf.greater(a!, b!), 'float32'), gradient: false },
  {
    name: 'greaterEqual',
    shapes: pair,
    run: (a, b) => tf.cast(tf.greaterEqual(a!, b!), 'float32'),
    gradient: false,
  },
  { name: 'less', shapes: pair, run: (a, b) => tf.cast(tf.less(a!, b!), 'float32'), gradient: false },
  {
    name: 'lessEqual',
    shapes: pair,
    run: (a, b) => tf.cast(tf.lessEqual(a!, b!), 'float32'),
    gradient: false,
  },
  { name: 'equal', shapes: pair, run: (a) => tf.cast(tf.equal(a!, a!), 'float32'), gradient: false },
  { name: 'notEqual', shapes: pair, run: (a, b) => tf.cast(tf.notEqual(a!, b!), 'float32'), gradient: false },
  {
    name: 'logicalAnd and logicalNot',
    shapes: pair,
    run: (a, b) => tf.cast(tf.logicalAnd(tf.greater(a!, 0), tf.logicalNot(tf.greater(b!, 0))), 'float32'),
    gradient: false,
  },
  { name: 'where', shapes: [[4], [4]], run: (a, b) => tf.where(tf.tensor1d([1, 0, 0, 1], 'bool'), a!, b!) },
  {
    name: 'where, on a condition that is computed',
    shapes: pair,
    run: (a, b) => tf.where(tf.greater(a!, 0), a!, b!),
    gradient: false,
  },
  { name: 'unstack', shapes: [[3, 2]], run: (x) => tf.mul(tf.unstack(x!, 1)[0]!, tf.unstack(x!, 1)[1]!) },
  { name: 'addN', shapes: [[4], [4], [4]], run: (a, b, c) => tf.addN([a!, b!, c!]) },
  {
    name: 'int32 and back',
    shapes: vector,
    run: (x) => tf.cast(tf.cast(x!, 'int32'), 'float32'),
    gradient: false,
  },
  { name: 'clone', shapes: vector, run: (x) => tf.clone(x!) },
  { name: 'reshape', shapes: [[2, 6]], run: (x) => tf.reshape(x!, [3, -1]) },
  {
    name: 'expandDims and squeeze',
    shapes: [[2, 3]],
    run: (x) => tf.squeeze(tf.expandDims(tf.expandDims(x!, 1), -1), [1]),
  },
  { name: 'transpose', shapes: [[2, 3, 4]], run: (x) => tf.transpose(x!, [2, 0, 1]) },
  { name: 'slice', shapes: [[3, 5, 4]], run: (x) => tf.slice(x!, [1, 0, 2], [2, 5, 1]) },
  { name: 'slice to the end', shapes: [[3, 5]], run: (x) => tf.slice(x!, [1, 2], [-1, -1]) },
  {
    name: 'concat',
    shapes: [
      [2, 3],
      [2, 2],
    ],
    run: (a, b) => tf.concat([a!, b!], 1),
  },
  {
    name: 'stack',
    shapes: [
      [2, 3],
      [2, 3],
    ],
    run: (a, b) => tf.stack([a!, b!], 1),
  },
  { name: 'split', shapes: [[2, 6]], run: (x) => tf.mul(tf.split(x!, 2, 1)[0]!, tf.split(x!, 2, 1)[1]!) },
  {
    name: 'split by sizes',
    shapes: [[2, 6]],
    run: (x) => tf.concat(tf.split(x!, [1, 3, 2], -1).reverse(), 1),
  },
  {
    name: 'pad',
    shapes: [[2, 3]],
    run: (x) =>
      tf.pad(x!, [
        [0, 1],
        [2, 0],
      ]),
  },
  {
    name: 'pad with a value',
    shapes: [[2, 3]],
    run: (x) =>
      tf.pad(
        x!,
        [
          [0, 1],
          [2, 0],
        ],
        1.5,
      ),
  },
  { name: 'reverse', shapes: [[2, 3, 4]], run: (x) => tf.reverse(x!, [0, 2]) },
  { name: 'tile', shapes: [[2, 3]], run: (x) => tf.tile(x!, [2, 2]) },
  { name: 'broadcastTo', shapes: [[1, 3]], run: (x) => tf.broadcastTo(x!, [4, 3]) },
  { name: 'fill', shapes: [[2]], run: (x) => tf.mul(tf.fill([2], 3), x!) },
  {
    name: 'zerosLike and onesLike',
    shapes: [[3]],
    run: (x) => tf.add(tf.mul(x!, tf.onesLike(x!)), tf.zerosLike(x!)),
  },
  { name: 'sum', shapes: [[2, 3, 4]], run: (x) => tf.sum(x!) },
  { name: 'sum over axes', shapes: [[2, 3, 4]], run: (x) => tf.sum(x!, [0, 2], true) },
  { name: 'mean', shapes: [[2, 3, 4]], run: (x) => tf.mean(x!, -1) },
  { name: 'max', shapes: [[2, 5]], run: (x) => tf.max(x!, 1) },
  { name: 'min', shapes: [[2, 5]], run: (x) => tf.min(x!, 0) },
  { name: 'prod', shapes: [[2, 3]], run: (x) => tf.prod(x!, 1), gradient: false },
  { name: 'softmax', shapes: [[2, 5]], run: (x) => tf.softmax(x!) },
  { name: 'cumsum', shapes: [[2, 5]], run: (x) => tf.cumsum(x!, 1) },
  { name: 'cumsum, exclusive and reverse', shapes: [[2, 5]], run: (x) => tf.cumsum(x!, 1, true, true) },
  {
    name: 'matMul',
    shapes: [
      [3, 4],
      [4, 5],
    ],
    run: (a, b) => tf.matMul(a!, b!),
  },
  {
    name: 'matMul, a transposed',
    shapes: [
      [4, 3],
      [4, 5],
    ],
    run: (a, b) => tf.matMul(a!, b!, true),
  },
  {
    name: 'matMul, both transposed',
    shapes: [
      [4, 3],
      [5, 4],
    ],
    run: (a, b) => tf.matMul(a!, b!, true, true),
  },
  {
    name: 'matMul with a bias',
    shapes: [[3, 4], [4, 5], [5]],
    run: (a, b, c) => tf.add(tf.matMul(a!, b!), c!),
  },
  {
    name: 'matMul in batches',
    shapes: [
      [2, 3, 4],
      [2, 4, 5],
    ],
    run: (a, b) => tf.matMul(a!, b!),
  },
  {
    name: 'matMul in batches, b transposed',
    shapes: [
      [2, 3, 4],
      [2, 5, 4],
    ],
    run: (a, b) => tf.matMul(a!, b!, false, true),
  },
]

describeCases('every recorded operation equals TF.js on the CPU', cases)
