import { type Word, wordCount } from './worklet/control-block.js'
import type { FromProcessor, ToProcessor } from './worklet/messages.js'
import { Ring } from './worklet/ring.js'

/** The page's end of the way to the audio thread. Positions as in `Ring`. */
export interface Transport {
  readonly kind: 'shared' | 'port'
  readonly written: number
  /** What the audio thread has taken: in shared memory as it is, otherwise as last reported. */
  readonly consumed: number
  /** Page thread. Takes samples that there is room for. */
  write(samples: Float32Array): void
  space(): number
  /** As `consumed`, as fresh. */
  get(word: Word): number
  set(word: Word, value: number): void
  /** Asks for fresh values; they are there a moment later. */
  refresh(): void
}

/** Shared memory: no messages, nothing outdated by more than a block. Page thread; no allocation after the first. */
export class SharedTransport implements Transport {
  readonly kind = 'shared'
  readonly memory: { readonly ring: SharedArrayBuffer; readonly words: SharedArrayBuffer }
  private readonly ring: Ring
  private readonly words: Int32Array

  constructor(capacity: number) {
    this.memory = {
      ring: new SharedArrayBuffer(Ring.bytes(capacity)),
      words: new SharedArrayBuffer(4 * wordCount),
    }
    this.ring = new Ring(this.memory.ring, capacity)
    this.words = new Int32Array(this.memory.words)
  }

  get written(): number {
    return this.ring.written
  }

  get consumed(): number {
    return this.ring.consumed
  }

  write(samples: Float32Array): void {
    this.ring.write(samples)
  }

  space(): number {
    return this.ring.space()
  }

  get(word: Word): number {
    return Atomics.load(this.words, word)
  }

  set(word: Word, value: number): void {
    Atomics.store(this.words, word, value)
  }

  refresh(): void {}
}

/** The parts of a MessagePort that are used; the node's port on the page, one end of a channel in tests. */
interface Port {
  onmessage: ((event: MessageEvent<FromProcessor>) => void) | null
  postMessage(message: ToProcessor, transfer: Transferable[]): void
}

/**
 * Messages: for pages that are not cross-origin isolated. Page thread; each write allocates the copy that it hands
 * over. What the audio thread took is known a message late, so room is never overrated.
 */
export class PortTransport implements Transport {
  readonly kind = 'port'
  written = 0
  consumed = 0
  private words: Int32Array = new Int32Array(wordCount)
  private readonly own = new Map<Word, number>()

  constructor(
    private readonly port: Port,
    private readonly capacity: number,
  ) {
    port.onmessage = ({ data }) => {
      this.consumed = data.consumed
      this.words = data.words
    }
  }

  write(samples: Float32Array): void {
    if (samples.length === 0) return
    const copy = samples.slice()
    this.port.postMessage({ type: 'samples', samples: copy }, [copy.buffer])
    // Not the copy's length: it is gone once the copy is handed over.
    this.written = (this.written + samples.length) | 0
  }

  space(): number {
    return this.capacity - ((this.written - this.consumed) | 0)
  }

  get(word: Word): number {
    return this.own.get(word) ?? this.words[word]!
  }

  set(word: Word, value: number): void {
    this.own.set(word, value)
    this.port.postMessage({ type: 'word', word, value }, [])
  }

  refresh(): void {
    this.port.postMessage({ type: 'report' }, [])
  }
}
