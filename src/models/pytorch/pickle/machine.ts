import { plural } from '../../../plural.js'
import { quoteName } from '../../../short-json.js'
import { refuse } from '../../refuse.js'
import { isAllowed, isConstant } from './allowed-names.js'
import { dictKey } from './call.js'
import { PickleReader } from './reader.js'
import {
  kindOf,
  PickleClass,
  PickleConstant,
  PickleDict,
  PickleRecord,
  type PickleTuple,
  type PickleValue,
} from './values.js'

const mark = Symbol('mark')
type StackItem = PickleValue | typeof mark

/** Makes a storage, or what else a persistent id names, of its tuple. */
export type PersistentLoad = (id: PickleTuple) => PickleValue

/** The stack and the memo that opcodes work on. No recursion anywhere, so nesting costs no stack. */
export class PickleMachine {
  readonly reader: PickleReader
  private readonly stack: StackItem[] = []
  private readonly memo = new Map<number, PickleValue>()

  constructor(
    bytes: Uint8Array,
    readonly persistentLoad: PersistentLoad,
  ) {
    this.reader = new PickleReader(bytes)
  }

  /** Sets an object's attributes; those of a dict (the versions of modules) are of no use here. */
  build(state: PickleValue): void {
    const target = this.top()
    if (!(state instanceof PickleDict)) this.unfit('BUILD', 'a dict of attributes')
    if (target instanceof PickleDict) return
    if (!(target instanceof PickleRecord))
      this.unfit('BUILD', 'an object of the allow-list to set attributes of')
    for (const [key, value] of state.entries) {
      if (typeof key !== 'string') this.unfit('BUILD', 'attributes with names')
      target.attributes.set(key, value)
    }
  }

  pushNamed(module: string, attribute: string): void {
    const name = `${module}.${attribute}`
    if (!isAllowed(name)) {
      refuse(
        'pickle',
        `the name ${quoteName(name)}`,
        'tensors, containers and the modules of WaveGlow; nothing was run',
      )
    }
    this.push(isConstant(name) ? new PickleConstant(name) : new PickleClass(name))
  }

  /** The value that the pickle came to. */
  end(): PickleValue {
    const value = this.pop()
    if (this.stack.length > 0)
      refuse('pickle', `${plural(this.stack.length, 'value')} left over`, 'one value')
    return value
  }

  append(values: PickleValue[]): void {
    const list = this.top()
    if (!Array.isArray(list)) this.unfit('APPEND', 'a list')
    for (const value of values) list.push(value)
  }

  setItems(items: PickleValue[]): void {
    const dict = this.top()
    if (!(dict instanceof PickleDict)) this.unfit('SETITEMS', 'a dict')
    if (items.length % 2 !== 0) this.unfit('SETITEMS', 'pairs')
    for (let i = 0; i < items.length; i += 2) dict.entries.set(dictKey(items[i]!), items[i + 1]!)
  }

  push(value: PickleValue): void {
    this.stack.push(value)
  }

  top(): PickleValue {
    const item = this.stack.at(-1)
    if (item === undefined || item === mark) refuse('pickle', 'an empty stack', 'a value')
    return item
  }

  pop(): PickleValue {
    const item = this.top()
    this.stack.pop()
    return item
  }

  popSome(count: number): PickleValue[] {
    const items = Array.from({ length: count }, () => this.pop())
    return items.reverse()
  }

  popMark(): PickleValue[] {
    const at = this.stack.lastIndexOf(mark)
    if (at < 0) refuse('pickle', 'no mark', 'a mark where items begin')
    const items = this.stack.splice(at) as PickleValue[]
    items.shift()
    return items
  }

  dropToMark(): void {
    this.popMark()
  }

  recall(index: number): PickleValue {
    const value = this.memo.get(index)
    if (value === undefined) refuse('pickle', `nothing remembered as ${index}`, 'what was put there before')
    return value
  }

  /** @param index default: the next */
  remember(index = this.memo.size): void {
    this.memo.set(index, this.top())
  }

  pushMark(): void {
    this.stack.push(mark)
  }

  /** Drops the top, which may be a mark. */
  drop(): void {
    this.stack.pop()
  }

  unfit(opcode: string, expected: string): never {
    const item = this.stack.at(-1)
    const got = item === undefined || item === mark ? 'nothing' : kindOf(item)
    refuse(`pickle opcode ${opcode}`, `another value (below it ${got})`, expected)
  }
}
