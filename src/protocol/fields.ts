/**
 * What a field of a message may hold, as plain data. From the messages that are described with it come the types (below), the
 * server's zod schema, the client's check and the tables of docs/reference/protocol.md, in which the doc comment of a field is
 * its line: comments cost browsers nothing.
 */
export type Field =
  | NumberField
  | TextField
  | { readonly is: 'flag' | 'pair' }
  | Of<'choice', readonly (string | number)[]>
  | Of<'list' | 'nullable', Field>
  | Of<'record', Fields>

export interface Fields {
  readonly [name: string]: Field | Of<'optional', Field>
}

/** Messages by their `type`; a message is this and its fields. */
export interface Messages {
  readonly [type: string]: Fields
}

export interface NumberField {
  readonly is: 'number'
  readonly min: number
  readonly max: number
  readonly whole: boolean
}

/** @typeParam Known the texts that there are today; others are no fault */
export interface TextField<Known extends string = string> {
  readonly is: 'text'
  readonly max: number
  readonly known?: Known
}

export interface Of<Is extends string, Part> {
  readonly is: Is
  readonly of: Part
}

export const number = (min = -Infinity, max = Infinity, whole = false): NumberField => ({
  is: 'number',
  min,
  max,
  whole,
})
export const whole = (min: number, max: number = Number.MAX_SAFE_INTEGER) => number(min, max, true)
export const text = <Known extends string>(max = Infinity): TextField<Known> => ({ is: 'text', max })
export const flag = { is: 'flag' } as const
/** Two numbers that are not negative, the smaller first. */
export const pair = { is: 'pair' } as const

const holder =
  <Is extends string>(is: Is) =>
  <const Part>(of: Part): Of<Is, Part> => ({ is, of })

export const choice = holder('choice')
export const list = holder('list')
export const record = holder('record')
export const nullable = holder('nullable')
/** A field that may be absent. */
export const optional = holder('optional')

export type ValueOf<F> = F extends NumberField
  ? number
  : F extends TextField<infer Known>
    ? Known
    : F extends { readonly is: 'flag' }
      ? boolean
      : F extends { readonly is: 'pair' }
        ? readonly [shortest: number, longest: number]
        : F extends Of<'choice', readonly (infer Value)[]>
          ? Value
          : F extends Of<'list', infer Part>
            ? readonly ValueOf<Part>[]
            : F extends Of<'nullable', infer Part>
              ? ValueOf<Part> | null
              : F extends Of<'optional', infer Part>
                ? ValueOf<Part>
                : F extends Of<'record', infer Part>
                  ? RecordOf<Part>
                  : never

type IsOptional<F, Yes, No> = F extends Of<'optional', unknown> ? Yes : No

/** An object of such fields. */
export type RecordOf<R> = Flat<
  { readonly [Name in keyof R as IsOptional<R[Name], never, Name>]: ValueOf<R[Name]> } & {
    readonly [Name in keyof R as IsOptional<R[Name], Name, never>]?: ValueOf<R[Name]>
  }
>

type Flat<R> = { [Name in keyof R]: R[Name] }

/** The union of such messages. */
export type MessageOf<M> = {
  [Type in keyof M]: Flat<{ readonly type: Type } & RecordOf<M[Type]>>
}[keyof M]
