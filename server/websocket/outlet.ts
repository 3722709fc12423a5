import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { ServerMessage } from '../../src/protocol/messages.js'
import type { ServerLimits } from '../operations/limits.js'

/** What waits for the end of a turn of the loop: more is for the kernel to take, before it counts as not read. */
const maxGathered = 64 * 1024

/**
 * What goes out of a socket. A receiver that takes nothing for `stalledMs`, or has more than `stalledBytes`
 * waiting, is terminated: a `close` would wait behind the queue.
 */
export class SocketOutlet {
  /** When the socket last had nothing waiting or took something. */
  private progressAt = performance.now()
  private readonly timer: NodeJS.Timeout
  private isGathering = false

  /** @param connection below the socket */
  constructor(
    private readonly socket: WebSocket,
    private readonly connection: Pick<Duplex, 'cork' | 'uncork'>,
    private readonly limits: Pick<ServerLimits, 'stalledBytes' | 'stalledMs'>,
    private readonly onStall: (waitingBytes: number) => void,
  ) {
    this.timer = setInterval(() => this.check(), limits.stalledMs / 10)
    this.timer.unref()
  }

  get waitingBytes(): number {
    return this.socket.bufferedAmount
  }

  send(message: ServerMessage, written: () => void = () => undefined): void {
    this.write(JSON.stringify(message), written)
  }

  sendMedia(bytes: Uint8Array, written: () => void): void {
    this.write(bytes, written)
  }

  ping(): void {
    if (this.begin()) this.socket.ping('', false, this.written)
    this.limit()
  }

  pong(data: Buffer): void {
    if (this.begin()) this.socket.pong(data, false, this.written)
    this.limit()
  }

  stop(): void {
    clearInterval(this.timer)
  }

  private write(data: string | Uint8Array, written: () => void): void {
    if (!this.begin()) return
    this.socket.send(data, (error) => {
      this.written(error)
      if (!error) written()
    })
    this.limit()
  }

  /** @returns whether the socket can still be written to */
  private begin(): boolean {
    if (this.socket.readyState !== this.socket.OPEN) return false
    if (this.socket.bufferedAmount === 0) this.progressAt = performance.now()
    this.gather()
    return true
  }

  /** What is written within a turn of the loop leaves with one call of the kernel, which costs more than a message does. */
  private gather(): void {
    if (this.isGathering) return
    this.isGathering = true
    this.connection.cork()
    setImmediate(this.handOver)
  }

  private readonly handOver = (): void => {
    if (!this.isGathering) return
    this.isGathering = false
    this.connection.uncork()
  }

  /** A socket that broke reports so by its own event. */
  private readonly written = (error?: Error | null): void => {
    if (!error) this.progressAt = performance.now()
  }

  private limit(): void {
    if (this.socket.bufferedAmount > maxGathered) this.handOver()
    if (this.socket.bufferedAmount > this.limits.stalledBytes) this.stall()
  }

  private check(): void {
    const waiting = this.socket.bufferedAmount > 0
    if (waiting && performance.now() - this.progressAt >= this.limits.stalledMs) this.stall()
  }

  private stall(): void {
    this.onStall(this.socket.bufferedAmount)
    this.socket.terminate()
  }
}
