import type { SafetensorsDtype } from '../../files/safetensors-header.js'

/** What an unpickled checkpoint consists of: data only; nothing here can run. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | PickleValue[]
  | PickleTuple
  | PickleDict
  | PickleSet
  | PickleClass
  | PickleConstant
  | PickleRecord
  | PickleStorage
  | PickleTensor

export class PickleTuple {
  constructor(readonly items: readonly PickleValue[]) {}
}

export type PickleKey = string | number | bigint | boolean | null

export class PickleDict {
  readonly entries = new Map<PickleKey, PickleValue>()
}

/** Members are not needed by anyone; modules keep the names of buffers in one. */
export class PickleSet {}

/** A class or function of the allow-list, by its full name. */
export class PickleClass {
  constructor(readonly name: string) {}
}

/** A value that is only a name here: a device, a memory format, a backend. */
export class PickleConstant {
  constructor(readonly name: string) {}
}

/** An object of a class of the allow-list: the attributes that were saved. The class itself is never run. */
export class PickleRecord {
  readonly attributes = new Map<string, PickleValue>()
  constructor(readonly className: string) {}
}

/** Numbers in the file that tensors look into. */
export class PickleStorage {
  constructor(
    readonly key: string,
    readonly dtype: SafetensorsDtype,
    readonly elements: number,
  ) {}
}

/** A view of a storage; offset and strides count elements. */
export class PickleTensor {
  constructor(
    readonly storage: PickleStorage,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {}
}

/** What a value is, for messages. */
export function kindOf(value: PickleValue): string {
  if (value === null) return 'None'
  if (Array.isArray(value)) return 'a list'
  if (value instanceof PickleTuple) return 'a tuple'
  if (value instanceof PickleDict) return 'a dict'
  if (value instanceof PickleSet) return 'a set'
  if (value instanceof PickleClass) return `the class ${value.name}`
  if (value instanceof PickleConstant) return `the constant ${value.name}`
  if (value instanceof PickleRecord) return `an object of ${value.className}`
  if (value instanceof PickleStorage) return 'a storage'
  if (value instanceof PickleTensor) return `a tensor [${value.shape.join(', ')}]`
  return `a ${typeof value}`
}
