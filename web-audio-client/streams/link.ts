import type { ClientMessage, MediaType } from '../../src/protocol/messages.js'
import type { Connection, Ready } from '../connection/connection.js'
import type { SendQueue } from './send-queue.js'

/** One connection's part of a stream: opened by being made, told everything from the start. */
export abstract class Link<Opened> {
  /** The server's answer to the opening. */
  opened: Opened | undefined
  /** Units of media that may be sent. */
  private credit = 0
  /** Answers to flushes so far. */
  flushReplies = 0
  private flushesSent = 0
  private sequence = 0

  constructor(
    protected readonly number: number,
    protected readonly connection: Connection,
    protected readonly ready: Ready,
    private readonly mediaType: MediaType,
    private readonly unitBytes: number,
  ) {}

  /** What tells whether another connection's answers go on with this one's. */
  abstract identity(opened: Opened): string

  grant(units: number): void {
    this.credit += units
  }

  cancel(): void {
    this.send({ type: 'cancel', stream: this.number })
  }

  /**
   * Sends what credit allows.
   *
   * @returns bytes of media sent
   */
  pump(sendQueue: SendQueue): number {
    if (this.opened === undefined) return 0
    const perMessage = this.unitsPerMessage()
    let bytes = 0
    while (sendQueue.nextType !== 'flush' || this.mayFlush) {
      const next = sendQueue.next(this.credit, perMessage)
      if (next === undefined) return bytes
      if (next.type === 'media') {
        const header = { stream: this.number, sequence: this.sequence++, position: next.position }
        this.connection.sendMedia({ ...header, type: this.mediaType, flags: 0 }, next.bytes)
        this.credit -= next.units
        bytes += next.bytes.length
        continue
      }
      this.send({ type: next.type, stream: this.number })
      if (next.type === 'flush') this.flushesSent += 1
    }
    return bytes
  }

  private get mayFlush(): boolean {
    return this.flushesSent - this.flushReplies < this.ready.limits.flushesAhead
  }

  protected unitsPerMessage(): number {
    return Math.floor((this.ready.limits.messageBytes - headerRoom) / this.unitBytes)
  }

  protected send(message: ClientMessage): void {
    this.connection.send(message)
  }
}

/** Bytes of a message that are not media: its header, and some to spare. */
const headerRoom = 64
