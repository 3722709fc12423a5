import { pcmToSamples } from '../../../src/protocol/pcm.js'
import { type GlowcastClientError, type PcmChunk, Player } from '../../index.js'
import workletUrl from '../../player/worklet/player-worklet.ts?worker&url'
import { bearerToken, refusal } from '../shared/access.js'
import { page } from '../shared/page.js'
import type { Shared } from '../shared/shared.js'

/** Of bare samples, as OpenAI's API gives them, Hz. */
const sampleRate = 24_000

/** The server's acoustic model, and what plays its speech. */
export class Speech {
  private player: Player | undefined
  private under: AbortController | undefined

  constructor(private readonly shared: Shared) {}

  /** Of the server's acoustic model; none where it has none. @throws GlowcastClientError */
  async voices(): Promise<readonly string[]> {
    const response = await ask('v1/audio/voices')
    const { voices } = (await response.json()) as { voices: readonly { id: string }[] }
    return voices.map(({ id }) => id)
  }

  /**
   * Says a text as it comes; what was said before is stopped.
   *
   * @returns once it was heard, or was stopped
   * @throws GlowcastClientError
   */
  async say(input: string, voice: string): Promise<void> {
    const under = this.stop()
    const player = await this.needPlayer()
    if (under.signal.aborted) return
    player.volume = page.mute.ariaPressed === 'true' ? 0 : page.volume.valueAsNumber
    try {
      const body = JSON.stringify({ input, voice, response_format: 'pcm' })
      const response = await ask('v1/audio/speech', { method: 'POST', body, signal: under.signal })
      await player.play(chunksOf(response.body!), { signal: under.signal })
    } catch (error) {
      if (!under.signal.aborted) throw error
    }
  }

  /** Ends what is said. @returns what ends what is said next */
  stop(): AbortController {
    this.under?.abort()
    this.under = new AbortController()
    return this.under
  }

  private async needPlayer(): Promise<Player> {
    const { context } = await this.shared.needSound()
    if (this.player === undefined) {
      this.player = await Player.create(context, { workletUrl })
      this.player.node.connect(context.destination)
    }
    this.player.unlock()
    return this.player
  }
}

/** @throws GlowcastClientError of the server */
async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers({ 'Content-Type': 'application/json' })
  const token = bearerToken()
  if (token !== undefined) headers.set('Authorization', `Bearer ${token}`)
  const response = await fetch(new URL(path, location.href), { ...init, headers })
  if (response.ok) return response
  throw (await refusal(response)) satisfies GlowcastClientError
}

async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<PcmChunk> {
  const reader = body.getReader()
  let position = 0
  let rest = new Uint8Array(0)
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      const bytes = new Uint8Array(rest.length + part.value.length)
      bytes.set(rest)
      bytes.set(part.value, rest.length)
      // A part may end within a sample.
      rest = bytes.slice(bytes.length - (bytes.length % 2))
      const samples = pcmToSamples(bytes, 's16le')
      if (samples.length === 0) continue
      yield { samples, sampleRate, position, last: false, receivedAtMs: performance.now() }
      position += samples.length
    }
  } finally {
    await reader.cancel()
  }
}
