import { engineUnavailable, GlowcastError, invalidArgument } from '../../errors.js'
import { quoteName } from '../../short-json.js'
import type { AcousticModel, SpeakOptions, SpokenPart } from '../acoustic-model.js'
import { readDescription, type ServiceFacts } from './description.js'
import { FrameReader } from './frame-reader.js'
import { HttpTransport } from './http-transport.js'
import type { Transport } from './pieces.js'
import { SocketTransport } from './socket-transport.js'

/** Of one text. */
const maxSeconds = 1200

export interface MelServiceOptions {
  /** Sent with every request: `{ Authorization: 'Bearer …' }`. */
  readonly headers?: Readonly<Record<string, string>>
  /** How long the service may give nothing, in ms. Default: 30,000. */
  readonly stallMs?: number
}

/** An acoustic model behind HTTP or a WebSocket. Nothing but its address is asked: redirects are refused. */
export class MelService implements AcousticModel {
  readonly description: string
  readonly voices: readonly string[]
  readonly mel: ServiceFacts['mel']
  readonly speeds: ServiceFacts['speeds']
  readonly sharpen?: number

  private constructor(
    private readonly transport: Transport,
    { description, voices, mel, speeds, sharpen }: ServiceFacts,
  ) {
    this.description = description
    this.voices = voices
    this.mel = mel
    this.speeds = speeds
    if (sharpen !== undefined) this.sharpen = sharpen
  }

  /** Whether a place is an address of such a service: `http:`, `https:`, `ws:` or `wss:`. */
  static isAddress(place: string): boolean {
    return /^(http|ws)s?:/i.test(place)
  }

  /**
   * Asks the service what it is.
   *
   * @param signal ends the asking
   * @throws GlowcastError INVALID_ARGUMENT for what is no such address, and for a description that is none;
   *   ENGINE_UNAVAILABLE where the service does not answer; the reason of the signal
   */
  static async open(
    address: string,
    { headers = {}, stallMs = 30_000 }: MelServiceOptions = {},
    signal: AbortSignal = new AbortController().signal,
  ): Promise<MelService> {
    const url = addressOf(address)
    const transport = url.protocol.startsWith('http')
      ? new HttpTransport(url, headers, stallMs)
      : new SocketTransport(url, headers, stallMs)
    const json = await transport.describe(signal).catch((error) => {
      if (!(error instanceof GlowcastError)) throw error
      throw engineUnavailable(url.href, error.got, 'the description of an acoustic model', { cause: error })
    })
    return new MelService(transport, readDescription(json, url.href))
  }

  async *speak(
    text: string,
    { voice = this.voices[0]!, speed = 1, signal = new AbortController().signal }: SpeakOptions = {},
  ): AsyncGenerator<SpokenPart> {
    if (!this.voices.includes(voice)) {
      throw invalidArgument('voice', quoteName(voice), this.voices.slice(0, 8).join(' or '))
    }
    const [slowest, fastest] = this.speeds
    if (!(speed >= slowest && speed <= fastest)) {
      throw invalidArgument('speed', `${speed}`, `a number from ${slowest} to ${fastest}`)
    }
    if (!/[\p{L}\p{N}]/u.test(text)) throw invalidArgument('text', 'nothing that can be said', 'words')
    const { melBands, sampleRate, hopLength } = this.mel
    const reader = new FrameReader(melBands, Math.ceil((maxSeconds * sampleRate) / hopLength))
    let isFirst = true
    for await (const piece of this.transport.speak({ input: text, voice, speed }, melBands, signal)) {
      for (const part of reader.push(piece)) {
        yield isFirst ? { text, ...part } : part
        isFirst = false
      }
    }
    reader.end()
  }

  async dispose(): Promise<void> {
    // Connections are those of requests, which end with them.
  }
}

/** @throws GlowcastError INVALID_ARGUMENT */
function addressOf(address: string): URL {
  const expected = 'an address like http://127.0.0.1:5000/mel or ws://…'
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url === undefined || !MelService.isAddress(url.href)) {
    throw invalidArgument('acousticModel', quoteName(address), expected)
  }
  if (url.username !== '' || url.password !== '') {
    throw invalidArgument('acousticModel', 'an address with a name or password', 'headers instead')
  }
  return url
}
