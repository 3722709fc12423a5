import { readFileSync } from 'node:fs'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { messageSchema } from '../../server/operations/field-schema.js'
import { clientMessages, melConvention } from '../../src/protocol/client-messages.js'
import { choice, type Fields, type MessageOf, number, optional, text } from '../../src/protocol/fields.js'
import { scoringGroup } from '../../src/protocol/scoring.js'
import { modelDescription, serverMessages } from '../../src/protocol/server-messages.js'
import { parseMessage } from '../../web-audio-client/connection/server-messages.js'
import { type Comment, fieldTable, readComments, withTables } from './protocol-tables.js'

const described: Readonly<Record<string, Fields>> = {
  melConvention,
  modelDescription,
  scoringGroup,
  ...prefixed('clientMessages', clientMessages),
  ...prefixed('serverMessages', serverMessages),
}

function prefixed(prefix: string, messages: Readonly<Record<string, Fields>>): Record<string, Fields> {
  return Object.fromEntries(Object.entries(messages).map(([type, fields]) => [`${prefix}.${type}`, fields]))
}

describe('docs/reference/protocol.md', () => {
  const page = readFileSync('docs/reference/protocol.md', 'utf8')
  // `npm run docs` writes the tables: a change of a message without it fails here.
  it('has the fields of every message as they are described', async () => {
    const files = ['client-messages', 'server-messages', 'scoring'].map((name) => `src/protocol/${name}.ts`)
    const commentOf = readComments(files)
    const tables = withTables(page, (name) =>
      fieldTable(described[name]!, (field) => commentOf(`${name}.${field}`)),
    )
    await expect(tables).toMatchFileSnapshot('../../docs/reference/protocol.md')
  })

  it('has a table for every message that has fields', () => {
    const shown = [...page.matchAll(/<!-- fields: ([\w.]+) -->/g)].map(([, name]) => name!)
    const bare = ['flush', 'end', 'cancel'].map((type) => `clientMessages.${type}`)
    expect([...shown, ...bare, 'serverMessages.done'].sort()).toEqual(Object.keys(described).sort())
  })
})

describe('a field that is described', () => {
  const before = { sing: { song: text(20) } } as const
  const after = { sing: { ...before.sing, key: optional(choice(['C', 'D'])), speed: number(1, 2) } } as const
  const song = { type: 'sing', song: 'la' } as const

  it('has a type', () => {
    type Sing = MessageOf<typeof after>
    expectTypeOf<Sing>().toEqualTypeOf<{
      readonly type: 'sing'
      readonly song: string
      readonly speed: number
      readonly key?: 'C' | 'D'
    }>()
  })

  it.each([
    [{ ...song, speed: 1 }, true, true],
    [{ ...song, speed: 1, key: 'D' }, true, true],
    [song, false, false],
    [{ ...song, speed: 'fast' }, false, false],
    [{ ...song, speed: 1, key: 'E' }, false, false],
    // Limits bind who sends: a client takes what it understands of a later server.
    [{ ...song, speed: 3 }, false, true],
    [{ ...song, speed: 1, colour: 'red' }, false, true],
  ])('is checked by server and client: %o', (message, serverTakes, clientTakes) => {
    expect(messageSchema(after).safeParse(message).success).toBe(serverTakes)
    const parsed = () => parseMessage(after, JSON.stringify(message))
    if (clientTakes) expect(parsed()).toEqual(message)
    else expect(parsed).toThrow(/^sing\.(speed|key): got /)
  })

  it('has a line in its table', () => {
    const comment = (name: string): Comment => ({ meaning: `The ${name}.`, byDefault: '`C`' })
    expect(fieldTable(before.sing, comment)).not.toContain('speed')
    expect(fieldTable(after.sing, comment)).toBe(
      [
        '| field | values | default | |',
        '|---|---|---|---|',
        '| `song` | text, at most 20 characters | required | The song. |',
        '| `key` | `C`, `D` | `C` | The key. |',
        '| `speed` | number, 1 to 2 | required | The speed. |',
      ].join('\n'),
    )
  })
})
