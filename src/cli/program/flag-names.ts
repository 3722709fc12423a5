import type { Command } from 'commander'
import type { GlowcastError } from '../../errors.js'

/** What the library calls otherwise than the command line. */
const otherNames: Readonly<Record<string, string>> = {
  f0Hz: 'f0',
  pitchSemitones: 'pitch',
  // What is normal, and what is measured of it.
  normal: 'data',
  recordings: 'data',
  items: 'data',
  tokens: 'token',
}

/** The message of an error of the library, with the flags of a command for its fields and for options in backquotes. */
export function inFlags({ field, message }: GlowcastError, command: Command): string {
  const flags = new Map(
    command.options.map((option) => [option.attributeName(), option.long ?? option.flags]),
  )
  const flagOf = (name: string) => flags.get(otherNames[name] ?? name)
  // One of several values, such as `tokens[0]`.
  const flag = flagOf(field.replace(/\[\d+\]$/, ''))
  const isNamed = flag !== undefined && message.startsWith(`${field}:`)
  const said = isNamed ? flag + message.slice(field.length) : message
  return said.replaceAll(/`([a-zA-Z0-9]+)`/g, (quoted, name) => flagOf(name) ?? quoted)
}
