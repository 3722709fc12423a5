import { VoiceMix } from '../../../../web-audio-client/demo/vocoder/voice-mix.js'
import {
  GlowcastClient,
  GlowcastClientError,
  type PcmChunk,
  Player,
  type PlayerState,
  type PlayerStats,
  soundProblem,
} from '../../../../web-audio-client/index.js'

/** Tests call this in the page; samples travel as base64 of little-endian float32. */
export interface PlayRequest {
  readonly contextRate: number
  readonly transport?: 'shared' | 'port'
  readonly format: 's16le' | 'f32le'
  readonly seed: number
  readonly mel: string
  readonly melConvention: Parameters<GlowcastClient['open']>[0]['mel']
  readonly ringMs?: number
  readonly aheadSamples?: number
  readonly startMs?: number
  /** Absent: the server asks for none. */
  readonly bearer?: string
}

export interface PlayResult {
  /** What the stream brought. */
  readonly received: string
  /** What reached the destination. */
  readonly recorded: string
  readonly stats: PlayerStats
  readonly resumed: number
  readonly isolated: boolean
}

/** What a player said of a second of sound, so far. */
export interface ToneReport {
  readonly events: readonly string[]
  readonly state: PlayerState
  readonly stats: PlayerStats
  readonly duration: number | undefined
  readonly startedAfterMs: number | undefined
}

/** Frames of each tone, the cycles of each in a thousand frames, and the frames at which the other is heard. */
export interface ToneChange {
  readonly contextRate: number
  readonly frames: number
  readonly cycles: readonly [original: number, result: number]
  readonly changes: readonly number[]
}

export interface Harness {
  /** Begins to play a second of sound. */
  beginTone(volume: number): Promise<void>
  tone(): ToneReport
  /** The code with which a player is refused where the page is not secure. */
  codeWithoutSecureContext(): Promise<string>
  play(request: PlayRequest): Promise<PlayResult>
  /** Plays two tones in step, and changes from the one to the other and back; what came out, as base64. */
  changeTones(request: ToneChange): Promise<string>
  underruns(): number
}

declare global {
  interface Window {
    harness: Harness
  }
}

let received: Float32Array[] = []
let player: Player | undefined

async function play(request: PlayRequest): Promise<PlayResult> {
  received = []
  const context = new AudioContext({ sampleRate: request.contextRate })
  const { transport, ringMs, startMs } = request
  player = await Player.create(context, {
    ...(transport === undefined ? {} : { transport }),
    ...(ringMs === undefined ? {} : { ringMs }),
    ...(startMs === undefined ? {} : { prebuffer: { startMs, minMs: startMs, maxMs: startMs } }),
  })
  const recorded = await recordAfter(player.node, context)
  await context.resume()
  const { bearer } = request
  const client = new GlowcastClient({
    url: `ws://${location.host}/v1/stream`,
    reconnect: { firstMs: 20 },
    ...(bearer === undefined ? {} : { token: () => drawToken(bearer) }),
  })
  const { seed, format, aheadSamples, melConvention } = request
  const stream = client.open({
    mel: melConvention,
    seed,
    format,
    ...(aheadSamples === undefined ? {} : { aheadSamples }),
  })
  const sent = (async () => {
    await stream.write(decode(request.mel))
    await stream.end()
  })()
  await Promise.all([player.play(tee(stream)), sent])
  // The recorder's last blocks are still on their way to the page.
  await new Promise((resolve) => setTimeout(resolve, 200))
  const stats = player.stats()
  const { resumed } = stream.traffic
  await player.close()
  client.close()
  await context.close()
  return {
    received: encode(received),
    recorded: encode(recorded),
    stats,
    resumed,
    isolated: crossOriginIsolated,
  }
}

async function drawToken(bearer: string): Promise<string> {
  const headers = { Authorization: `Bearer ${bearer}` }
  const response = await fetch('/v1/tokens', { method: 'POST', headers })
  return ((await response.json()) as { token: string }).token
}

let toneEvents: string[] = []
let tonePlayer: Player | undefined
let toneAskedAtMs = 0

async function* secondOfSound(): AsyncGenerator<PcmChunk> {
  const sampleRate = 24_000
  for (let position = 0; position < sampleRate; position += 4000) {
    const samples = Float32Array.from({ length: 4000 }, (_, i) => Math.sin((position + i) / 10))
    yield { samples, sampleRate, position, last: position === 20_000, receivedAtMs: performance.now() }
  }
}

async function beginTone(volume: number): Promise<void> {
  const context = new AudioContext()
  const next = await Player.create(context)
  next.node.connect(context.destination)
  next.volume = volume
  toneEvents = []
  for (const type of ['start', 'blocked', 'underrun', 'ended'] as const) {
    next.addEventListener(type, () => toneEvents.push(type))
  }
  next.addEventListener('statechange', ({ detail }) => toneEvents.push(detail.state))
  tonePlayer = next
  toneAskedAtMs = performance.now()
  void next.play(secondOfSound())
}

function tone(): ToneReport {
  const { state, duration } = tonePlayer!
  const stats = tonePlayer!.stats()
  const { startedAtMs } = stats
  const startedAfterMs = startedAtMs === undefined ? undefined : startedAtMs - toneAskedAtMs
  return { events: toneEvents, state, stats, duration, startedAfterMs }
}

async function* pairOfTones({ contextRate, frames, cycles }: ToneChange): AsyncGenerator<PcmChunk> {
  const step = 2048
  for (let position = 0; position < frames; position += step) {
    const length = Math.min(step, frames - position)
    const samples = Float32Array.from({ length: 2 * length }, (_, i) =>
      toneSample(cycles[i % 2]!, position + (i >> 1)),
    )
    const last = position + length === frames
    yield { samples, sampleRate: contextRate, position, last, receivedAtMs: performance.now() }
  }
}

function toneSample(cycles: number, frame: number): number {
  return 0.5 * Math.cos((2 * Math.PI * cycles * frame) / 1000)
}

async function changeTones(request: ToneChange): Promise<string> {
  const { contextRate, changes } = request
  const context = new AudioContext({ sampleRate: contextRate })
  // The machine may be busy: what is to be without a gap lies ready as a whole.
  const prebuffer = { startMs: 8000, minMs: 8000, maxMs: 8000 }
  const both = await Player.create(context, { channels: 2, ringMs: 10_000, prebuffer })
  const voices = new VoiceMix(both.node)
  const recorded = await recordAfter(voices.node, context)
  await context.resume()
  const playing = both.play(pairOfTones(request))
  let isResult = true
  for (const frame of changes) {
    while (both.currentTime < frame / contextRate) await new Promise((resolve) => setTimeout(resolve, 5))
    isResult = !isResult
    voices.moveTo({ original: isResult ? 0 : 1, result: isResult ? 1 : 0 })
  }
  await playing
  await new Promise((resolve) => setTimeout(resolve, 200))
  await both.close()
  await context.close()
  return encode(recorded)
}

/** As a page that came over plain http from another machine: AudioWorklet is absent, and the page can tell why. */
async function codeWithoutSecureContext(): Promise<string> {
  Object.defineProperty(globalThis, 'isSecureContext', { value: false, configurable: true })
  const code = soundProblem()?.code
  const error = await Player.create(new AudioContext()).catch((reason: unknown) => reason)
  return error instanceof GlowcastClientError && error.code === code ? error.code : `${error}`
}

async function* tee(source: AsyncIterable<PcmChunk>): AsyncGenerator<PcmChunk> {
  for await (const chunk of source) {
    received.push(chunk.samples.slice())
    yield chunk
  }
}

async function recordAfter(node: AudioNode, context: AudioContext): Promise<Float32Array[]> {
  await context.audioWorklet.addModule('/harness/recorder-worklet.js')
  const blocks: Float32Array[] = []
  const recorder = new AudioWorkletNode(context, 'recorder', { outputChannelCount: [1] })
  recorder.port.onmessage = ({ data }: MessageEvent<Float32Array>) => blocks.push(data)
  node.connect(recorder).connect(context.destination)
  return blocks
}

function encode(parts: readonly Float32Array[]): string {
  let text = ''
  for (const part of parts) {
    for (const byte of new Uint8Array(part.buffer, part.byteOffset, part.byteLength)) {
      text += String.fromCharCode(byte)
    }
  }
  return btoa(text)
}

function decode(text: string): Float32Array {
  return new Float32Array(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer)
}

window.harness = {
  beginTone,
  tone,
  codeWithoutSecureContext,
  play,
  changeTones,
  underruns: () => player?.stats().underruns ?? 0,
}
document.documentElement.dataset['harness'] = 'ready'
