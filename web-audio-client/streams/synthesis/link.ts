import { synthesisFieldsOf } from '../../../src/protocol/client-messages.js'
import {
  type ClientMessage,
  type MediaFrame,
  mediaTypes,
  pcmToSamples,
  type ServerMessage,
} from '../../../src/protocol/messages.js'
import type { Connection, Ready } from '../../connection/connection.js'
import { clientError } from '../../connection/errors.js'
import { Link } from '../link.js'
import type { CheckedStreamOptions } from './options.js'

export type Opened = Extract<ServerMessage, { type: 'opened' }>
type OpenMessage = Extract<ClientMessage, { type: 'open' }>

/** One connection's part of a stream that speaks. */
export class StreamLink extends Link<Opened> {
  /** Index of the next sample that this connection brings. */
  position = 0

  /** @param sampleCredit samples that the server may send at first */
  constructor(
    number: number,
    private readonly options: CheckedStreamOptions,
    connection: Connection,
    ready: Ready,
    private sampleCredit: number,
  ) {
    super(number, connection, ready, mediaTypes.mel, 4 * options.mel.melBands)
    const { mel, model, format, melScaleCheck, melConvention } = options
    // JSON leaves out what is undefined.
    const given = { model, melScaleCheck, melConvention } as Partial<OpenMessage>
    const synthesis = synthesisFieldsOf(options)
    this.send({ ...synthesis, ...given, type: 'open', stream: number, mel, format, credit: sampleCredit })
  }

  get mayBringSamples(): boolean {
    return this.sampleCredit > 0
  }

  override identity(opened: Opened): string {
    const hash = this.ready.models.find(({ name }) => name === opened.model)?.hash
    return [opened.model, hash, opened.format, opened.sampleRate, opened.hopLength].join(' ')
  }

  /** @returns whether it was told: not before the stream is open */
  grantSamples(samples: number): boolean {
    if (this.opened === undefined) return false
    this.sampleCredit += samples
    this.send({ type: 'credit', stream: this.number, samples })
    return true
  }

  /** @throws GlowcastClientError protocol_violation */
  decode({ position, payload }: MediaFrame): Float32Array {
    if (position !== this.position) {
      throw clientError('protocol_violation', `pcm: got position ${position}, expected ${this.position}`)
    }
    const samples = pcmToSamples(payload, this.options.format)
    this.position += samples.length
    this.sampleCredit -= samples.length
    return samples
  }

  protected override unitsPerMessage(): number {
    return Math.min(this.ready.limits.framesPerMessage, super.unitsPerMessage())
  }
}
