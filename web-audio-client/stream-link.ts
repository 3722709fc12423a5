import {
  bytesToFloats,
  type ClientMessage,
  type MediaFrame,
  type ServerMessage,
  s16ToSamples,
} from '../src/protocol.js'
import type { Connection, Ready } from './connection.js'
import { clientError } from './errors.js'
import type { Outbox } from './outbox.js'
import type { CheckedStreamOptions } from './stream-options.js'

export type Opened = Extract<ServerMessage, { type: 'opened' }>

/** One connection's part of a stream: opened by being made, told everything from the start. */
export class StreamLink {
  opened: Opened | undefined
  /** Index of the next sample that this connection brings. */
  position = 0
  /** Answers to flushes so far. */
  flushReplies = 0
  private flushesSent = 0
  private frameCredit = 0
  private sampleCredit: number
  private sequence = 0

  /** @param credit samples that the server may send at first */
  constructor(
    private readonly number: number,
    private readonly options: CheckedStreamOptions,
    private readonly connection: Connection,
    private readonly ready: Ready,
    credit: number,
  ) {
    this.sampleCredit = credit
    const { mel, model, format, seed, temperature, pitchSemitones, melProjections } = options
    // JSON leaves out what is undefined.
    const given = { model, temperature, pitchSemitones, melProjections } as Partial<OpenMessage>
    this.send({ ...given, type: 'open', stream: number, mel, format, seed, credit })
  }

  get mayBringSamples(): boolean {
    return this.sampleCredit > 0
  }

  becameOpen(message: Opened): void {
    this.opened = message
    this.frameCredit = message.credit
  }

  /** What tells whether another connection's samples go on with this one's. */
  identity(opened: Opened): string {
    const hash = this.ready.models.find(({ name }) => name === opened.model)?.hash
    return [opened.model, hash, opened.format, opened.sampleRate, opened.hopLength].join(' ')
  }

  grantFrames(frames: number): void {
    this.frameCredit += frames
  }

  /** @returns whether it was told: not before the stream is open */
  grantSamples(samples: number): boolean {
    if (this.opened === undefined) return false
    this.sampleCredit += samples
    this.send({ type: 'credit', stream: this.number, samples })
    return true
  }

  cancel(): void {
    this.send({ type: 'cancel', stream: this.number })
  }

  /**
   * Sends what credit allows.
   *
   * @returns bytes of mel sent
   */
  pump(outbox: Outbox): number {
    if (this.opened === undefined) return 0
    const { limits } = this.ready
    const frameBytes = 4 * this.options.mel.melBands
    const perMessage = Math.min(
      limits.framesPerMessage,
      Math.floor((limits.messageBytes - headerRoom) / frameBytes),
    )
    let bytes = 0
    while (outbox.nextType !== 'flush' || this.flushesSent - this.flushReplies < limits.flushesAhead) {
      const next = outbox.next(this.frameCredit, perMessage)
      if (next === undefined) return bytes
      if (next.type === 'mel') {
        const header = { stream: this.number, sequence: this.sequence++, position: next.position }
        this.connection.sendMel(header, next.mel)
        this.frameCredit -= next.frames
        bytes += next.mel.byteLength
        continue
      }
      this.send({ type: next.type, stream: this.number })
      if (next.type === 'flush') this.flushesSent += 1
    }
    return bytes
  }

  /** @throws GlowcastClientError protocol_violation */
  decode({ position, payload }: MediaFrame): Float32Array {
    if (position !== this.position) {
      throw clientError('protocol_violation', `pcm: got position ${position}, expected ${this.position}`)
    }
    const samples = this.options.format === 's16le' ? s16ToSamples(payload) : bytesToFloats(payload)
    this.position += samples.length
    this.sampleCredit -= samples.length
    return samples
  }

  private send(message: ClientMessage): void {
    this.connection.send(message)
  }
}

type OpenMessage = Extract<ClientMessage, { type: 'open' }>

/** Bytes of a message that are not mel: its header, and some to spare. */
const headerRoom = 64
