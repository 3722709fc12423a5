import { GlowcastClient, type PcmChunk, Player, type PlayerStats } from '../../../web-audio-client/index.js'

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

export interface Harness {
  play(request: PlayRequest): Promise<PlayResult>
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
    ...(startMs === undefined ? {} : { prebuffer: { startMs, leastMs: startMs, mostMs: startMs } }),
  })
  const recorded = await recordAfter(player.node, context)
  await context.resume()
  const client = new GlowcastClient({ url: `ws://${location.host}/v1/stream`, reconnect: { firstMs: 20 } })
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
  play,
  underruns: () => player?.stats().underruns ?? 0,
}
document.documentElement.dataset['harness'] = 'ready'
