import * as z from 'zod'
import type {
  Field,
  Fields,
  MessageOf,
  Messages,
  NumberField,
  Of,
  TextField,
  ValueOf,
} from '../../src/protocol/fields.js'

/** What refuses every value that a field of the protocol may not have. */
export function fieldSchema<F extends Field>(field: F): z.ZodType<ValueOf<F>> {
  return schemaOf(field) as z.ZodType<ValueOf<F>>
}

function schemaOf(field: Field): z.ZodType {
  switch (field.is) {
    case 'number':
      return numberSchema(field)
    case 'text':
      return field.max === Infinity ? z.string() : z.string().max(field.max)
    case 'flag':
      return z.boolean()
    case 'pair':
      return z.tuple([z.number().min(0), z.number().min(0)])
    case 'choice':
      return z.literal(field.of)
    case 'list':
      return z.array(schemaOf(field.of))
    case 'nullable':
      return schemaOf(field.of).nullable()
    case 'record':
      return z.strictObject(shapeOf(field.of))
  }
}

function numberSchema({ whole, min, max }: NumberField): z.ZodNumber {
  const number = whole ? z.number().int() : z.number()
  const from = min === -Infinity ? number : number.min(min)
  return max === Infinity ? from : from.max(max)
}

function shapeOf(fields: Fields): Record<string, z.ZodType> {
  return mapped(fields, (field) =>
    field.is === 'optional' ? schemaOf(field.of).exactOptional() : schemaOf(field),
  )
}

/** What refuses every message that is none of these. */
export function messageSchema<M extends Messages>(messages: M): z.ZodType<MessageOf<M>> {
  const schemas = Object.entries(messages).map(([type, fields]) =>
    z.strictObject({ type: z.literal(type), ...shapeOf(fields) }),
  )
  return z.discriminatedUnion(
    'type',
    schemas as [(typeof schemas)[number]],
  ) as z.ZodType<unknown> as z.ZodType<MessageOf<M>>
}

/** A number as text, as programs write it: 0.00005 is 5e-05 in Python. */
const numberText = z
  .string()
  .regex(/^-?\d+(\.\d+)?(e[-+]?\d+)?$/i, 'expected a number')
  .transform(Number)

type InText = NumberField | TextField | Of<'choice', readonly string[]> | { readonly is: 'flag' }

const flagText = z.enum(['true', 'false']).transform((text) => text === 'true')

/** The same where all values are text, as in a query. */
export function textSchema<F extends InText>(field: F): z.ZodType<ValueOf<F>> {
  return inText(field) as z.ZodType<ValueOf<F>>
}

function inText(field: InText): z.ZodType {
  if (field.is === 'number') return numberText.pipe(numberSchema(field))
  return field.is === 'flag' ? flagText : schemaOf(field)
}

/** Fields of a message that a query may have as well. */
export function optionalTexts<F extends Readonly<Record<string, Of<'optional', InText>>>>(
  fields: F,
): { [Name in keyof F]: z.ZodExactOptional<z.ZodType<ValueOf<F[Name]>>> } {
  return mapped(fields, ({ of }) => textSchema(of).exactOptional()) as never
}

/** The same where values have the types that JSON gives them. */
export function optionalValues<F extends Readonly<Record<string, Of<'optional', Field>>>>(
  fields: F,
): { [Name in keyof F]: z.ZodExactOptional<z.ZodType<ValueOf<F[Name]>>> } {
  return mapped(fields, ({ of }) => fieldSchema(of).exactOptional()) as never
}

function mapped<From, To>(
  entries: Readonly<Record<string, From>>,
  map: (entry: From) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(entries).map(([name, entry]) => [name, map(entry)]))
}
