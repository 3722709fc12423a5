import { refuse } from '../../refuse.js'
import { type PersistentLoad, PickleMachine } from './machine.js'
import { opcodes, refusedOpcodes } from './opcodes.js'
import type { PickleValue } from './values.js'

/** Each opcode makes at most one value, so this bounds memory whatever the pickle says. */
const maxOpcodes = 1_000_000

const stop = 0x2e

/**
 * Reads one pickle without running anything: names are looked up in a list of what is allowed, calls make plain
 * data, objects become records of their attributes.
 *
 * @returns the value, and how many bytes the pickle had
 * @throws GlowcastError INVALID_MODEL naming the opcode, class or function that is refused
 */
export function unpickle(
  bytes: Uint8Array,
  persistentLoad: PersistentLoad,
): { value: PickleValue; bytes: number } {
  const machine = new PickleMachine(bytes, persistentLoad)
  for (let count = 0; count < maxOpcodes; count++) {
    const at = machine.reader.position
    const code = machine.reader.byte()
    if (code === stop) return { value: machine.end(), bytes: machine.reader.position }
    const run = opcodes[code]
    if (run === undefined) {
      const refused = refusedOpcodes[code] ?? `0x${code.toString(16).padStart(2, '0')}`
      refuse('pickle', `opcode ${refused} at byte ${at}`, 'the opcodes that torch.save writes')
    }
    run(machine)
  }
  refuse('pickle', `more than ${maxOpcodes} opcodes`, 'at most that many')
}
