import type { RandomStream } from '../../src/numeric/random.js'
import { encodeMedia, floatsToBytes, mediaTypes, samplesToS16 } from '../../src/protocol/messages.js'
import { mockMel } from './mock-backend.js'

/** Garbage, or a valid message with something changed; now and then a valid one, so that streams are open. */
export function brokenMessage(random: RandomStream, round: number): string | Uint8Array {
  const stream = random.integer(3)
  const open = { type: 'open', stream, mel: mockMel, credit: random.integer(9) }
  const bytes = (count: number) => Uint8Array.from({ length: count }, () => random.integer(256))
  if (round % 50 === 0) return JSON.stringify({ ...open, credit: 5000 })
  if (round % 50 === 25) return JSON.stringify({ type: 'score', stream, sampleRate: 8000 })
  switch (random.integer(8)) {
    case 6:
      return strangeScore(random, stream)
    case 7:
      return strangeRecording(random, stream, round)
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

const strangeValues = [null, -1, 0, 0.5, 1e-9, 4, 31, 1e300, '', 'default', 'cats', [], {}, true]

/** A `score` of which one member is something else, or that has one more: now and then it is valid. */
function strangeScore(random: RandomStream, stream: number): string {
  const score: Record<string, unknown> = { type: 'score', stream, sampleRate: 8000, blockSeconds: 0.5 }
  const members = [
    ...['stream', 'sampleRate', 'format', 'group', 'falseAlarmRate', 'blockSeconds'],
    ...['driftFalseAlarmRate', 'credit', '__proto__'],
  ]
  score[members[random.integer(members.length)]!] = strangeValues[random.integer(strangeValues.length)]
  return JSON.stringify(score)
}

/** A recording in order or not, of samples that are none, too many, too large or not finite. */
function strangeRecording(random: RandomStream, stream: number, round: number): Uint8Array {
  const samples = new Float32Array([0, 1, 400, 4000, 40_000][random.integer(5)]!).fill(
    [0, 0.1, 1e30, Number.NaN][random.integer(4)]!,
  )
  const [sequence, position] =
    random.integer(2) === 0 ? [0, 0] : [round, [400, 4000, 2 ** 32 - 1][random.integer(3)]!]
  const bytes = random.integer(2) === 0 ? floatsToBytes(samples) : samplesToS16(samples)
  return encodeMedia(
    { type: mediaTypes.recording, flags: random.integer(8) === 0 ? 1 : 0, stream, sequence, position },
    bytes,
  )
}
