import { refuse } from '../../refuse.js'
import { isRecordClass } from './allowed-names.js'
import { callResult } from './call.js'
import type { PickleMachine } from './machine.js'
import { PickleClass, PickleDict, PickleRecord, PickleSet, PickleTuple } from './values.js'

/**
 * The opcodes of protocols 2 to 5 that `torch.save` writes, by byte; STOP, 0x2e, is not among them. Source:
 * the documentation of `pickletools` in Python's standard library.
 */
export const opcodes: Readonly<Record<number, (machine: PickleMachine) => void>> = {
  128: protocol,
  // FRAME: its length, eight bytes, tells nothing that the opcodes do not
  149: (m) => m.reader.discard(8),
  // MARK, POP, POP_MARK
  40: (m) => m.pushMark(),
  48: (m) => m.drop(),
  49: (m) => m.dropToMark(),
  // NONE, NEWTRUE, NEWFALSE
  78: (m) => m.push(null),
  136: (m) => m.push(true),
  137: (m) => m.push(false),
  // BININT, BININT1, BININT2, LONG1, BINFLOAT
  74: (m) => m.push(m.reader.int32()),
  75: (m) => m.push(m.reader.byte()),
  77: (m) => m.push(m.reader.uint16()),
  138: (m) => m.push(m.reader.integer(m.reader.byte())),
  71: (m) => m.push(m.reader.float64()),
  // BINUNICODE, SHORT_BINUNICODE, BINSTRING, SHORT_BINSTRING
  88: (m) => m.push(m.reader.text(m.reader.uint32())),
  140: (m) => m.push(m.reader.text(m.reader.byte())),
  84: (m) => m.push(m.reader.text(m.reader.uint32())),
  85: (m) => m.push(m.reader.text(m.reader.byte())),
  // EMPTY_DICT, EMPTY_LIST, EMPTY_TUPLE, EMPTY_SET
  125: (m) => m.push(new PickleDict()),
  93: (m) => m.push([]),
  41: (m) => m.push(new PickleTuple([])),
  143: (m) => m.push(new PickleSet()),
  // TUPLE, TUPLE1, TUPLE2, TUPLE3
  116: (m) => m.push(new PickleTuple(m.popMark())),
  133: (m) => m.push(new PickleTuple(m.popSome(1))),
  134: (m) => m.push(new PickleTuple(m.popSome(2))),
  135: (m) => m.push(new PickleTuple(m.popSome(3))),
  // LIST, DICT
  108: (m) => m.push(m.popMark()),
  100: dict,
  // APPEND, APPENDS, SETITEM, SETITEMS, ADDITEMS
  97: (m) => m.append(m.popSome(1)),
  101: (m) => m.append(m.popMark()),
  115: (m) => m.setItems(m.popSome(2)),
  117: (m) => m.setItems(m.popMark()),
  144: addItems,
  // BINGET, LONG_BINGET, BINPUT, LONG_BINPUT, MEMOIZE
  104: (m) => m.push(m.recall(m.reader.byte())),
  106: (m) => m.push(m.recall(m.reader.uint32())),
  113: (m) => m.remember(m.reader.byte()),
  114: (m) => m.remember(m.reader.uint32()),
  148: (m) => m.remember(),
  // GLOBAL, STACK_GLOBAL
  99: (m) => m.pushNamed(m.reader.line(), m.reader.line()),
  147: stackGlobal,
  // REDUCE, NEWOBJ, BUILD
  82: (m) => call(m, 'REDUCE'),
  129: (m) => call(m, 'NEWOBJ'),
  98: (m) => m.build(m.pop()),
  // BINPERSID
  81: persistentId,
}

function protocol({ reader }: PickleMachine): void {
  const version = reader.byte()
  if (version < 2 || version > 5) refuse('pickle', `protocol ${version}`, 'protocol 2 to 5')
}

function dict(machine: PickleMachine): void {
  const items = machine.popMark()
  machine.push(new PickleDict())
  machine.setItems(items)
}

function addItems(machine: PickleMachine): void {
  machine.popMark()
  if (!(machine.top() instanceof PickleSet)) machine.unfit('ADDITEMS', 'a set')
}

function stackGlobal(machine: PickleMachine): void {
  const [module, attribute] = machine.popSome(2)
  if (typeof module !== 'string' || typeof attribute !== 'string') {
    machine.unfit('STACK_GLOBAL', 'two strings')
  }
  machine.pushNamed(module, attribute)
}

function call(machine: PickleMachine, opcode: 'REDUCE' | 'NEWOBJ'): void {
  const [callee, args] = machine.popSome(2)
  if (!(args instanceof PickleTuple)) machine.unfit(opcode, 'a tuple of arguments')
  if (!(callee instanceof PickleClass)) machine.unfit(opcode, 'a class or function of the allow-list')
  const isRecord = opcode === 'NEWOBJ' && isRecordClass(callee.name)
  machine.push(isRecord ? new PickleRecord(callee.name) : callResult(callee, args.items))
}

function persistentId(machine: PickleMachine): void {
  const id = machine.pop()
  if (!(id instanceof PickleTuple)) machine.unfit('BINPERSID', 'a tuple')
  machine.push(machine.persistentLoad(id))
}

/** Opcodes that are refused, so that the message can name them. */
export const refusedOpcodes: Readonly<Record<number, string>> = {
  105: 'INST',
  111: 'OBJ',
  130: 'EXT1',
  131: 'EXT2',
  132: 'EXT4',
  146: 'NEWOBJ_EX',
  80: 'PERSID',
  50: 'DUP',
  103: 'GET',
  112: 'PUT',
  73: 'INT',
  76: 'LONG',
  139: 'LONG4',
  70: 'FLOAT',
  83: 'STRING',
  86: 'UNICODE',
  141: 'BINUNICODE8',
  66: 'BINBYTES',
  67: 'SHORT_BINBYTES',
  142: 'BINBYTES8',
  145: 'FROZENSET',
  150: 'BYTEARRAY8',
  151: 'NEXT_BUFFER',
  152: 'READONLY_BUFFER',
}
