import type { ServerMessage } from '../../../src/protocol/messages.js'
import { Queue } from '../../connection/queue.js'

/** Values of frames, a block's decision, or the drift after it. */
export type ScoreEvent = Extract<ServerMessage, { type: 'scores' | 'block' | 'drift' }>

/** Scores received and not yet taken. How much waits bounds what is sent. */
export class ScoreReceiveQueue {
  waitingFrames = 0
  private readonly events = new Queue<ScoreEvent>()

  /** @param onTaken called when something that waited was taken */
  constructor(private readonly onTaken: () => void) {}

  push(event: ScoreEvent): void {
    if (this.events.push(event)) this.waitingFrames += framesOf(event)
  }

  /** Nothing follows; `failure` is thrown to the taker after the last. */
  finish(failure?: unknown): void {
    this.events.finish(failure)
  }

  /** Forgets what waits. */
  clear(): void {
    this.events.clear()
    this.waitingFrames = 0
  }

  /** The next, or undefined after the last. One call at a time. */
  async take(): Promise<ScoreEvent | undefined> {
    const event = this.events.shift()
    if (event === undefined) return this.events.wait()
    this.waitingFrames -= framesOf(event)
    this.onTaken()
    return event
  }
}

function framesOf(event: ScoreEvent): number {
  return event.type === 'scores' ? event.surprise.length : 0
}
