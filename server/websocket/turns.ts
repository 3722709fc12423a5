import type { WebSocket } from 'ws'

/** A socket that has brought so many events which nobody has handled is not read until all of them are. */
const maxWaiting = 64

/**
 * Hands on what a socket brings, one event in a turn of the event loop: other sockets have theirs between. `ws` can do so
 * itself (`allowSynchronousEvents: false`), but then keeps parsing a connection after an error, and throws where nobody
 * can catch it.
 */
export class Turns {
  private waiting: (() => void)[] = []
  /** Of `waiting`, how many have been handled. */
  private handled = 0
  private turn: NodeJS.Immediate | undefined
  private isPaused = false

  constructor(private readonly socket: Pick<WebSocket, 'pause' | 'resume'>) {}

  /** @param handle must not throw */
  add(handle: () => void): void {
    this.waiting.push(handle)
    if (this.waiting.length - this.handled === maxWaiting) this.socket.pause()
    this.schedule()
  }

  /** Neither reads nor hands on anything. */
  pause(): void {
    this.isPaused = true
    this.socket.pause()
  }

  resume(): void {
    this.isPaused = false
    if (this.waiting.length - this.handled < maxWaiting) this.socket.resume()
    this.schedule()
  }

  /** Drops what has not been handled. */
  stop(): void {
    this.waiting = []
    this.handled = 0
    this.resume()
  }

  private schedule(): void {
    if (this.isPaused || this.waiting.length === 0) return
    this.turn ??= setImmediate(() => {
      this.turn = undefined
      this.next()
      this.schedule()
    })
  }

  private next(): void {
    if (this.isPaused) return
    const handle = this.waiting[this.handled]
    if (handle === undefined) return
    this.handled += 1
    if (this.handled === this.waiting.length) {
      this.waiting = []
      this.handled = 0
      this.socket.resume()
    }
    handle()
  }
}
