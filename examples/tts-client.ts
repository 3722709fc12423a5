import { readFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
// Outside of this repository: from 'glowcast'.
import { decodeNpy } from '../src/audio/mel/npy.js'
import { openWavWriter } from '../src/audio/wav/writer.js'
import { GlowcastClient } from './glowcast-client.js'

/** Mel frames that the acoustic model gives at a time. */
const framesAtOnce = 20

/**
 * A TTS backend as a client: the acoustic model's mel frames go out while it makes them, and audio comes back before
 * it has finished. Here the frames come from a file.
 *
 * @returns what the server says of the stream
 */
export async function speak(url: string, mel: Float32Array, output: string, token?: string) {
  const client = await GlowcastClient.connect(url, token)
  const { sampleRate, melBands } = client.ready.models[0]!.mel
  const stream = await client.open({ seed: 1 })
  const writer = await openWavWriter(output, sampleRate)
  try {
    const sending = sendAll(stream, mel, melBands)
    for await (const samples of stream) await writer.write(samples)
    await sending
    return stream.figures!
  } finally {
    await writer.close()
    client.close()
  }
}

async function sendAll(
  stream: Awaited<ReturnType<GlowcastClient['open']>>,
  mel: Float32Array,
  melBands: number,
): Promise<void> {
  const part = framesAtOnce * melBands
  for (let start = 0; start < mel.length; start += part) await stream.write(mel.subarray(start, start + part))
  stream.end()
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [input, output, url = 'ws://127.0.0.1:8080/v1/stream'] = process.argv.slice(2)
  if (input === undefined || output === undefined) {
    console.error('usage: tts-client MEL.npy OUT.wav [URL]   (GLOWCAST_TOKEN holds the token)')
    process.exit(1)
  }
  const { data } = decodeNpy(await readFile(input), input)
  console.log(await speak(url, data, output, process.env['GLOWCAST_TOKEN']))
}
