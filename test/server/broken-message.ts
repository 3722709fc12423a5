import type { RandomStream } from '../../src/flow/random.js'
import { encodeMedia, mediaTypes } from '../../src/protocol.js'
import { mockMel } from './mock-backend.js'

/** Garbage, or a valid message with something changed; now and then a valid one, so that streams are open. */
export function brokenMessage(random: RandomStream, round: number): string | Uint8Array {
  const stream = random.integer(3)
  const open = { type: 'open', stream, mel: mockMel, credit: random.integer(9) }
  const bytes = (count: number) => Uint8Array.from({ length: count }, () => random.integer(256))
  if (round % 50 === 0) return JSON.stringify({ ...open, credit: 5000 })
  if (round % 50 === 25) return JSON.stringify({ type: 'score', stream, sampleRate: 8000 })
  switch (random.integer(6)) {
    case 4: {
      const header = {
        type: mediaTypes.recording,
        flags: 0,
        stream,
        sequence: random.integer(3),
        position: 0,
      }
      return encodeMedia(header, bytes(random.integer(700)))
    }
    case 5: {
      const text = JSON.stringify({
        type: 'score',
        stream,
        sampleRate: 16_000,
        format: 'f32le',
        blockSeconds: 2,
      })
      const at = random.integer(text.length)
      return text.slice(0, at) + String.fromCharCode(32 + random.integer(90)) + text.slice(at + 1)
    }
    case 0:
      return bytes(random.integer(60))
    case 1: {
      const header = { type: mediaTypes.mel, flags: 0, stream, sequence: random.integer(3), position: 0 }
      return encodeMedia(header, bytes(random.integer(700)))
    }
    case 2: {
      const text = JSON.stringify(open)
      const at = random.integer(text.length)
      return text.slice(0, at) + String.fromCharCode(32 + random.integer(90)) + text.slice(at + 1)
    }
    default: {
      const type = ['flush', 'end', 'cancel', 'credit', 'open', '__proto__'][random.integer(6)]
      return JSON.stringify({
        type,
        stream: random.integer(2) ? stream : '1',
        samples: random.integer(5) - 2,
      })
    }
  }
}
