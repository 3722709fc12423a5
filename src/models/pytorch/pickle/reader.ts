import { plural } from '../../../plural.js'
import { refuse } from '../../refuse.js'

/** Longest name of a module or class. */
const maxLineBytes = 1000

/** Reads the arguments of opcodes, never beyond the end. */
export class PickleReader {
  private readonly view: DataView
  private at = 0

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get position(): number {
    return this.at
  }

  byte(): number {
    return this.view.getUint8(this.advance(1))
  }

  uint16(): number {
    return this.view.getUint16(this.advance(2), true)
  }

  uint32(): number {
    return this.view.getUint32(this.advance(4), true)
  }

  int32(): number {
    return this.view.getInt32(this.advance(4), true)
  }

  /** Big-endian, as pickle has it. */
  float64(): number {
    return this.view.getFloat64(this.advance(8), false)
  }

  /** Two's complement, little-endian; a number where it is one exactly. */
  integer(length: number): number | bigint {
    const start = this.advance(length)
    let value = 0n
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.bytes[start + i]!)
    const signed = BigInt.asIntN(8 * length, value)
    const isExact = signed >= BigInt(Number.MIN_SAFE_INTEGER) && signed <= BigInt(Number.MAX_SAFE_INTEGER)
    return isExact ? Number(signed) : signed
  }

  text(length: number): string {
    const start = this.advance(length)
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + start, length).toString('utf8')
  }

  line(): string {
    const end = this.bytes.indexOf(0x0a, this.at)
    if (end < 0 || end - this.at > maxLineBytes) {
      refuse(
        'pickle',
        `a name without an end at byte ${this.at}`,
        `one of at most ${plural(maxLineBytes, 'byte')}`,
      )
    }
    const text = this.text(end - this.at)
    this.at += 1
    return text
  }

  discard(length: number): void {
    this.advance(length)
  }

  private advance(length: number): number {
    const start = this.at
    if (length > this.bytes.length - start) {
      refuse(
        'pickle',
        `an end at byte ${this.bytes.length}`,
        `${plural(length, 'byte')} more from ${start} on (truncated?)`,
      )
    }
    this.at += length
    return start
  }
}
