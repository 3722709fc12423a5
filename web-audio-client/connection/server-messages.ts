import type { Field, Fields, MessageOf, Messages } from '../../src/protocol/fields.js'
import type { ServerMessage } from '../../src/protocol/messages.js'
import { serverMessages } from '../../src/protocol/server-messages.js'

/** @throws Error that names the member which is not as the protocol has it */
export function parseServerMessage(text: string): ServerMessage {
  return parseMessage(serverMessages, text)
}

/** Members that are not described pass. @throws Error */
export function parseMessage<M extends Messages>(messages: M, text: string): MessageOf<M> {
  const message: unknown = JSON.parse(text)
  if (!isObject(message)) throw new Error('message: got JSON that is no object')
  const { type } = message
  if (typeof type !== 'string' || !Object.hasOwn(messages, type))
    throw new Error(`type: got ${type}, expected a known one`)
  const name = wrongMember(message, messages[type]!)
  if (name !== undefined) throw new Error(`${type}.${name}: got ${JSON.stringify(message[name])}`)
  return message as MessageOf<M>
}

function wrongMember(value: Record<string, unknown>, fields: Fields): string | undefined {
  return Object.keys(fields).find((name) => {
    const field = fields[name]!
    return field.is === 'optional'
      ? value[name] !== undefined && !isValid(value[name], field.of)
      : !isValid(value[name], field)
  })
}

/** `max` and `whole` bind who sends. */
function isValid(value: unknown, field: Field): boolean {
  switch (field.is) {
    case 'number':
      return Number.isFinite(value) && (value as number) >= field.min
    case 'text':
      return typeof value === 'string'
    case 'flag':
      return typeof value === 'boolean'
    case 'choice':
      return field.of.some((one) => one === value)
    case 'pair':
      return Array.isArray(value) && value.length === 2 && value.every((item) => item >= 0)
    case 'list':
      return Array.isArray(value) && value.every((item) => isValid(item, field.of))
    case 'nullable':
      return value === null || isValid(value, field.of)
    case 'record':
      return isObject(value) && wrongMember(value, field.of) === undefined
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
