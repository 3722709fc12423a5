import { Deferred } from './deferred.js'

type Entry =
  | {
      readonly type: 'mel'
      readonly mel: Float32Array
      readonly frames: number
      readonly sent: Deferred<void>
    }
  | { readonly type: 'flush' | 'end'; readonly sent: Deferred<void> }

export type Outgoing =
  | { readonly type: 'mel'; readonly mel: Float32Array; readonly frames: number; readonly position: number }
  | { readonly type: 'flush' | 'end' }

/**
 * What a stream says, in order: mel frames and flushes, sent as credit allows, and kept so that another connection
 * can be told the same from the start. More than `keepFrames` frames are not kept, and the stream cannot be resumed.
 */
export class Outbox {
  private entries: Entry[] = []
  /** The next entry to send, and how much of it is sent. */
  private cursor = 0
  private offset = 0
  private position = 0
  private keptFrames = 0
  private isWhole = true

  constructor(
    private readonly melBands: number,
    private readonly keepFrames: number,
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
   * Takes mel frames [frames, melBands], copied.
   *
   * @returns resolves when the last of them is sent
   */
  addMel(mel: Float32Array): Promise<void> {
    const frames = mel.length / this.melBands
    if (frames === 0) return Promise.resolve()
    this.keptFrames += frames
    return this.add({ type: 'mel', mel: mel.slice(), frames, sent: new Deferred() })
  }

  addMark(type: 'flush' | 'end'): Promise<void> {
    return this.add({ type, sent: new Deferred() })
  }

  /** What to send next, up to `credit` and `most` frames at once; undefined: nothing, or no credit. */
  next(credit: number, most: number): Outgoing | undefined {
    const entry = this.entries[this.cursor]
    if (entry === undefined) return undefined
    if (entry.type !== 'mel') {
      this.advance(entry)
      return { type: entry.type }
    }
    const frames = Math.min(entry.frames - this.offset, credit, most)
    if (frames <= 0) return undefined
    const { melBands, position } = this
    const mel = entry.mel.subarray(this.offset * melBands, (this.offset + frames) * melBands)
    this.offset += frames
    this.position += frames
    if (this.offset === entry.frames) this.advance(entry)
    return { type: 'mel', mel, frames, position }
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
    if (this.keptFrames > this.keepFrames) this.isWhole = false
    if (this.isWhole) return
    this.entries.splice(0, this.cursor)
    this.cursor = 0
  }
}
