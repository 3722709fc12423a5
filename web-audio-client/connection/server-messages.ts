import { pcmFormats, type ServerMessage, scoreDecisions, subprotocol } from '../../src/protocol/messages.js'

/** The members that are read of each message, and what they must be; others pass. */
const members: Record<ServerMessage['type'], Record<string, (value: unknown) => boolean>> = {
  ready: {
    protocol: (value) => value === subprotocol,
    models: Array.isArray,
    limits: isObject,
    scoring: (value) => value === undefined || (isObject(value) && Array.isArray(value['groups'])),
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
  scoring: {
    stream: isCount,
    model: isText,
    hash: isText,
    calibration: isObject,
    blockSeconds: isCount,
    frameSeconds: (value) => isCount(value) && value !== 0,
    delaySeconds: isCount,
    credit: isCount,
  },
  audioCredit: { stream: isCount, samples: isCount },
  scores: {
    stream: isCount,
    frame: isCount,
    startSeconds: isNumber,
    surprise: isNumbers,
    bandSurprise: (value) => value === undefined || isNumbers(value),
    natsPerSample: isNumbers,
    levelDb: isNumbers,
  },
  block: {
    stream: isCount,
    block: isCount,
    startSeconds: isCount,
    endSeconds: isCount,
    pValue: isNumberOrNull,
    decision: isDecision,
    reasons: Array.isArray,
    anomalies: Array.isArray,
    warnings: Array.isArray,
    error: (value) => value === null || isObject(value),
  },
  drift: {
    stream: isCount,
    tests: isCount,
    logMartingale: isNumber,
    logThreshold: isNumber,
    alarm: isBoolean,
  },
  scored: {
    stream: isCount,
    samples: isCount,
    seconds: isCount,
    blocks: isObject,
    pValue: isNumberOrNull,
    decision: isDecision,
    drift: isObject,
    rtf: isCount,
  },
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

function isBoolean(value: unknown): boolean {
  return typeof value === 'boolean'
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

function isNumberOrNull(value: unknown): boolean {
  return value === null || isNumber(value)
}

function isNumbers(value: unknown): boolean {
  return Array.isArray(value) && value.every(isNumber)
}

function isDecision(value: unknown): boolean {
  return scoreDecisions.some((decision) => decision === value)
}

function isCount(value: unknown): boolean {
  return isNumber(value) && value >= 0
}
