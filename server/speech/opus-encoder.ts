import { randomInt } from 'node:crypto'
import { Resampler } from '../../src/audio/resample.js'
import { concatFloats } from '../../src/numeric/concat-floats.js'
import { clipped, type SpeechEncoder } from './encoder.js'
import { OggWriter, pagesOf } from './ogg-writer.js'

/** Opus takes few rates; this one holds all that 22,050 Hz do. */
const rate = 24_000
/** Of 20 ms. */
const packetSamples = 480
/** Bits a second: ample for one voice. */
const bitrate = 48_000
/** Positions count samples of 48 kHz, whatever the rate (RFC 7845, section 4). */
const positionsOfSample = 48_000 / rate

/** Ogg Opus; a page for what each part completes. */
export async function opusEncoder(sampleRate: number): Promise<SpeechEncoder> {
  // Loaded with the first text that is to be Opus; its WebAssembly is within the module.
  const { Application, createEncoder } = await import('libopus-wasm')
  const application = Application.Audio
  const encoder = await createEncoder({ sampleRate: rate, channels: 1, application, bitrate })
  const resampler = new Resampler(sampleRate, rate)
  const writer = new OggWriter(randomInt(2 ** 32))
  const preSkip = positionsOfSample * encoder.getLookahead()
  let held: Float32Array = new Float32Array(0)
  let samples = 0
  let position = 0
  let headers = [writer.write([idHeader(preSkip)], 0), writer.write([commentHeader()], 0)]
  const packetsOf = (fresh: Float32Array) => {
    held = concatFloats([held, fresh])
    const whole = held.length - (held.length % packetSamples)
    const packets: Uint8Array[] = []
    for (let at = 0; at < whole; at += packetSamples) {
      packets.push(encoder.encodeFloat(held.subarray(at, at + packetSamples)).slice())
    }
    held = held.slice(whole)
    return packets
  }
  const pages = (packets: readonly Uint8Array[], end?: number) => {
    const groups = pagesOf(packets)
    const written = groups.map((group, i) => {
      position += group.length * packetSamples * positionsOfSample
      const isLast = end !== undefined && i === groups.length - 1
      return writer.write(group, isLast ? end : position, isLast)
    })
    const all = Buffer.concat([...headers, ...written])
    headers = []
    return all
  }
  return {
    push(part) {
      const fresh = resampler.push(clipped(part))
      samples += fresh.length
      const packets = packetsOf(fresh)
      return packets.length === 0 ? new Uint8Array(0) : pages(packets)
    },
    flush() {
      const rest = resampler.flush()
      samples += rest.length
      // The sound of the last samples comes out a lookahead later: silence pushes it through, in one packet at least.
      const needed = held.length + rest.length + encoder.getLookahead()
      const padded = new Float32Array(Math.ceil(needed / packetSamples) * packetSamples - held.length)
      padded.set(rest)
      return pages(packetsOf(padded), preSkip + samples * positionsOfSample)
    },
    close: () => encoder.free(),
  }
}

/** RFC 7845, section 5.1. */
function idHeader(preSkip: number): Uint8Array {
  const header = Buffer.alloc(19)
  header.write('OpusHead', 'latin1')
  header[8] = 1
  header[9] = 1
  header.writeUInt16LE(preSkip, 10)
  header.writeUInt32LE(rate, 12)
  return header
}

/** Section 5.2: who made it, and no comments. */
function commentHeader(): Uint8Array {
  const vendor = 'glowcast'
  const header = Buffer.alloc(8 + 4 + vendor.length + 4)
  header.write('OpusTags', 'latin1')
  header.writeUInt32LE(vendor.length, 8)
  header.write(vendor, 12, 'latin1')
  return header
}
