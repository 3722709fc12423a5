import { clientMessages, streamNumber } from '../../src/protocol/client-messages.js'
import type { ClientMessage, MelConvention } from '../../src/protocol/messages.js'
import { fieldSchema, messageSchema } from '../operations/field-schema.js'
import { schemaError } from '../operations/schema-error.js'

/** Messages have two levels, and the longest is an `open` of 2 KB. What is more is not worth parsing. */
const maxLevels = 16
const maxCharacters = 16_384

const schema = messageSchema(clientMessages)
const stream = fieldSchema(streamNumber)

/** A message that a client may send, or what is wrong with it. */
export function parseClientMessage(
  text: string,
): { message: ClientMessage } | { wrong: { field: string; message: string; stream?: number } } {
  if (text.length > maxCharacters) {
    const message = `message: got ${text.length} characters, expected at most ${maxCharacters}`
    return { wrong: { field: 'message', message } }
  }
  if (isDeeperThan(maxLevels, text)) {
    const message = `message: got JSON of more than ${maxLevels} levels, expected at most that many`
    return { wrong: { field: 'message', message } }
  }
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return {
      wrong: { field: 'message', message: 'message: got text that is not JSON, expected a JSON object' },
    }
  }
  const result = schema.safeParse(json)
  if (result.success) return { message: result.data }
  const known = stream.safeParse((json as { stream?: unknown } | null)?.stream)
  return {
    wrong: {
      ...schemaError(result.error, json, 'message'),
      ...(known.success ? { stream: known.data } : {}),
    },
  }
}

/** Whether brackets within a text, strings left out, are nested deeper than so many levels. */
function isDeeperThan(levels: number, text: string): boolean {
  let depth = 0
  let isQuoted = false
  for (let i = 0; i < text.length; i++) {
    const character = text[i]
    if (isQuoted) {
      if (character === '\\') i += 1
      else if (character === '"') isQuoted = false
    } else if (character === '"') isQuoted = true
    else if (character === '{' || character === '[') {
      depth += 1
      if (depth > levels) return true
    } else if (character === '}' || character === ']') depth -= 1
  }
  return false
}

/** The first part of a convention that differs from the model's, or undefined when all agree. */
export function conventionMismatch(
  got: MelConvention,
  wanted: MelConvention,
): { field: string; got: string; wanted: string } | undefined {
  const names = Object.keys(wanted) as (keyof MelConvention)[]
  const field = names.find((name) => got[name] !== wanted[name])
  return field && { field: `mel.${field}`, got: `${got[field]}`, wanted: `${wanted[field]}` }
}
