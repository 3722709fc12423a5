import { quoteName } from '../../../short-json.js'
import { refuse } from '../../refuse.js'
import { checkTensorBounds } from '../tensor-bounds.js'
import {
  kindOf,
  type PickleClass,
  PickleConstant,
  PickleDict,
  type PickleKey,
  PickleSet,
  PickleStorage,
  PickleTensor,
  PickleTuple,
  type PickleValue,
} from './values.js'

/**
 * What a call in a pickle stands for. Only functions of the allow-list come here, and none of them is run:
 * each case makes the data that the function would return.
 *
 * @throws GlowcastError INVALID_MODEL naming the function and the argument that is wrong
 */
export function callResult(callee: PickleClass, args: readonly PickleValue[]): PickleValue {
  const { name } = callee
  switch (name) {
    case 'collections.OrderedDict':
      return orderedDict(name, args)
    case 'builtins.set':
    case '__builtin__.set':
      return new PickleSet()
    case 'torch.Size':
      return new PickleTuple(wholeNumbers(name, args[0]))
    case 'torch.device':
      return new PickleConstant(typeof args[0] === 'string' ? args[0] : 'device')
    case 'torch.nn.backends.thnn._get_thnn_function_backend':
      return new PickleConstant(name)
    case 'torch._utils._rebuild_parameter':
    case 'torch._utils._rebuild_parameter_with_state':
    case 'torch.nn.parameter.Parameter':
      if (!(args[0] instanceof PickleTensor)) wrongArgument(name, args[0], 'a tensor')
      return args[0]
    case 'torch._utils._rebuild_tensor':
    case 'torch._utils._rebuild_tensor_v2':
      return tensor(name, args)
    default:
      refuse('pickle', `a call of ${quoteName(name)}`, 'calls that make tensors and containers')
  }
}

function wrongArgument(name: string, got: PickleValue | undefined, expected: string): never {
  refuse(`pickle call of ${name}`, got === undefined ? 'no argument' : kindOf(got), expected)
}

function tensor(name: string, [storage, offset, shape, strides]: readonly PickleValue[]): PickleTensor {
  if (!(storage instanceof PickleStorage)) wrongArgument(name, storage, 'a storage')
  const [start] = wholeNumbers(name, new PickleTuple([offset ?? null]))
  const result = new PickleTensor(storage, start!, wholeNumbers(name, shape), wholeNumbers(name, strides))
  checkTensorBounds(result)
  return result
}

function wholeNumbers(name: string, value: PickleValue | undefined): number[] {
  const items = value instanceof PickleTuple ? value.items : value
  const isValid =
    Array.isArray(items) && items.every((item) => Number.isSafeInteger(item) && (item as number) >= 0)
  if (!isValid) wrongArgument(name, value, 'whole numbers from 0')
  return [...(items as number[])]
}

/** OrderedDict() or, from Python 2, OrderedDict([[key, value], …]). */
function orderedDict(name: string, [pairs]: readonly PickleValue[]): PickleDict {
  const dict = new PickleDict()
  if (pairs === undefined) return dict
  if (!Array.isArray(pairs)) wrongArgument(name, pairs, 'nothing or a list of pairs')
  for (const pair of pairs) {
    const items = pair instanceof PickleTuple ? pair.items : Array.isArray(pair) ? pair : []
    if (items.length !== 2) wrongArgument(name, pair, 'a pair')
    dict.entries.set(dictKey(items[0]!), items[1]!)
  }
  return dict
}

/** @throws GlowcastError INVALID_MODEL for what is not a string, a number, a boolean or None */
export function dictKey(value: PickleValue): PickleKey {
  if (value === null || typeof value !== 'object') return value
  refuse('pickle dict', `${kindOf(value)} as a key`, 'strings and numbers')
}
