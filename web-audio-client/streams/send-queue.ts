import { Deferred } from '../connection/deferred.js'

type Entry =
  | {
      readonly type: 'media'
      readonly bytes: Uint8Array
      readonly units: number
      readonly sent: Deferred<void>
    }
  | { readonly type: 'flush' | 'end'; readonly sent: Deferred<void> }

export type Outgoing =
  | { readonly type: 'media'; readonly bytes: Uint8Array; readonly units: number; readonly position: number }
  | { readonly type: 'flush' | 'end' }

/**
 * What a stream says, in order: units of media (mel frames, or samples) and flushes, sent as credit allows, and kept so
 * that another connection can be told the same from the start. More than `keepUnits` units are not kept, and the
 * stream cannot be resumed.
 */
export class SendQueue {
  private entries: Entry[] = []
  /** The next entry to send, and how much of it is sent. */
  private cursor = 0
  private offset = 0
  private position = 0
  private keptUnits = 0
  private isWhole = true

  constructor(
    private readonly unitBytes: number,
    private readonly keepUnits: number,
  ) {}

  /** Whether `rewind` is possible. */
  get keepsAll(): boolean {
    return this.isWhole
  }

  get hasMore(): boolean {
    return this.cursor < this.entries.length
  }

  get nextType(): Entry['type'] | undefined {
    return this.entries[this.cursor]?.type
  }

  /**
   * Takes whole units, which become its own.
   *
   * @returns resolves when the last of them is sent
   */
  addMedia(bytes: Uint8Array): Promise<void> {
    const units = bytes.length / this.unitBytes
    if (units === 0) return Promise.resolve()
    this.keptUnits += units
    return this.add({ type: 'media', bytes, units, sent: new Deferred() })
  }

  addMark(type: 'flush' | 'end'): Promise<void> {
    return this.add({ type, sent: new Deferred() })
  }

  /** What to send next, up to `credit` and `most` units at once; undefined: nothing, or no credit. */
  next(credit: number, most: number): Outgoing | undefined {
    const entry = this.entries[this.cursor]
    if (entry === undefined) return undefined
    if (entry.type !== 'media') {
      this.advance(entry)
      return { type: entry.type }
    }
    const units = Math.min(entry.units - this.offset, credit, most)
    if (units <= 0) return undefined
    const { unitBytes, position } = this
    const bytes = entry.bytes.subarray(this.offset * unitBytes, (this.offset + units) * unitBytes)
    this.offset += units
    this.position += units
    if (this.offset === entry.units) this.advance(entry)
    return { type: 'media', bytes, units, position }
  }

  /** From the start again. Only when it keeps all. */
  rewind(): void {
    this.cursor = 0
    this.offset = 0
    this.position = 0
  }

  /** Nothing more will be sent: whoever waits is told why. */
  fail(reason: unknown): void {
    for (const entry of this.entries) entry.sent.reject(reason)
    this.entries = []
    this.rewind()
  }

  private add(entry: Entry): Promise<void> {
    this.entries.push(entry)
    return entry.sent.promise
  }

  private advance(entry: Entry): void {
    entry.sent.resolve()
    this.cursor += 1
    this.offset = 0
    if (this.keptUnits > this.keepUnits) this.isWhole = false
    if (this.isWhole) return
    this.entries.splice(0, this.cursor)
    this.cursor = 0
  }
}
