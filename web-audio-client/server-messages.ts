import { pcmFormats, type ServerMessage, subprotocol } from '../src/protocol.js'

/** The members that are read of each message, and what they must be; others pass. */
const members: Record<ServerMessage['type'], Record<string, (value: unknown) => boolean>> = {
  ready: {
    protocol: (value) => value === subprotocol,
    models: Array.isArray,
    limits: (value) => typeof value === 'object' && value !== null,
  },
  opened: {
    stream: isCount,
    model: isText,
    format: (value) => pcmFormats.some((format) => format === value),
    sampleRate: isCount,
    hopLength: isCount,
    latencyFrames: isCount,
    credit: isCount,
  },
  credit: { stream: isCount, frames: isCount },
  flushed: { stream: isCount, frames: isCount, samples: isCount },
  done: { stream: isCount, frames: isCount, samples: isCount },
  scoring: { stream: isCount, delaySeconds: isCount, frameSeconds: isCount, credit: isCount },
  audioCredit: { stream: isCount, samples: isCount },
  scores: { stream: isCount, frame: isCount, surprise: Array.isArray },
  block: { stream: isCount, block: isCount, decision: isText },
  drift: { stream: isCount, alarm: (value) => typeof value === 'boolean' },
  scored: { stream: isCount, decision: isText },
  cancelled: { stream: isCount },
  error: { code: isText, message: isText, stream: (value) => value === undefined || isCount(value) },
  draining: { closesInMs: isCount },
}

/** @throws Error that names the member which is not as the protocol has it */
export function parseServerMessage(text: string): ServerMessage {
  const message: unknown = JSON.parse(text)
  if (!isObject(message)) throw new Error('message: got JSON that is no object')
  const { type } = message
  if (!isText(type) || !Object.hasOwn(members, type))
    throw new Error(`type: got ${type}, expected a known one`)
  for (const [name, isValid] of Object.entries(members[type as ServerMessage['type']])) {
    if (!isValid(message[name])) throw new Error(`${type}.${name}: got ${JSON.stringify(message[name])}`)
  }
  return message as unknown as ServerMessage
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}
