import type { Command } from 'commander'
import { plural } from '../../plural.js'

/** What commander says of a value that does not parse or is no choice. */
const badValue =
  /^option '(?:-\w, )?(?<flag>--[\w-]+)[^']*' (?:argument|value) '(?<got>.*)'(?: from env '(?<variable>\w+)')? is invalid\. (?<wanted>.+)$/s
const noValue = /^option '(?:-\w, )?(--[\w-]+) ([^']+)' argument missing$/
const noOption = /^required option '(--[\w-]+) ([^']+)' not specified$/
const noArgument = /^missing required argument '(\w+)'$/
const tooMany = /^too many arguments(?: for '[^']+')?\. Expected (\d+) arguments? but got (\d+)/
const notTogether = /^option '(--[\w-]+)[^']*' cannot be used with option '(--[\w-]+)[^']*'$/

/**
 * One line for a command line that is wrong: the option or argument, what was given and what is expected.
 *
 * @param said by commander
 */
export function usageMessage(command: Command, said: string): string {
  const name = nameOf(command)
  const value = badValue.exec(said)?.groups
  if (value !== undefined) {
    const { flag, got, variable, wanted } = value
    const field = variable === undefined ? flag : variable
    return `${field}: got ${got === '' ? 'nothing' : got}, expected ${expectation(wanted!)}`
  }
  const [, emptyFlag, emptyValue] = noValue.exec(said) ?? []
  if (emptyFlag !== undefined) return `${emptyFlag} needs a value: ${emptyFlag} ${emptyValue}`
  const [, absentFlag, absentValue] = noOption.exec(said) ?? []
  if (absentFlag !== undefined) return `${absentFlag} ${absentValue} is missing; ${name} needs it`
  const [, argument] = noArgument.exec(said) ?? []
  if (argument !== undefined)
    return `${argument.toUpperCase()} ${argument.endsWith('s') ? 'are' : 'is'} missing; usage: ${usageOf(command)}`
  const [, most, given] = tooMany.exec(said) ?? []
  if (most !== undefined)
    return `got ${plural(Number(given), 'argument')}, expected ${most}; usage: ${usageOf(command)}`
  const [, one, other] = notTogether.exec(said) ?? []
  if (one !== undefined) return `${one} and ${other} do not go together; leave one out`
  return withSuggestion(command, said)
}

/** As a shell calls it: `glowcast content train`. */
export function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`
}

function usageOf(command: Command): string {
  const [usage = ''] = command.usage().split('\n')
  return `${nameOf(command)} ${usage}`
}

/** Of a choice commander says "Allowed choices are a, b." */
function expectation(wanted: string): string {
  return wanted.replace(/^Allowed choices are (.*)\.$/s, 'one of $1')
}

function withSuggestion(command: Command, said: string): string {
  // Commander sees slips of the fingers.
  const [bare = said, slip] = said.split(/\n\((?=Did)/)
  const meant =
    suggestion(command, said) ??
    slip
      ?.slice(4)
      .replace(/\?\)$/, '')
      .replace(/^you mean /, '')
  return meant === undefined ? bare : `${bare}; did you mean ${meant.trim()}?`
}

/** What was shortened, or made longer. */
function suggestion(command: Command, said: string): string | undefined {
  const option = /unknown option '(--[^'=]+)/.exec(said)?.[1]
  const name = /unknown command '([^']+)'/.exec(said)?.[1]
  const wanted = option ?? name
  if (wanted === undefined) return undefined
  const known =
    option === undefined
      ? command.commands.map((entry) => entry.name())
      : command.options.flatMap(({ long }) => long ?? [])
  const meant = known.filter((entry) => entry.startsWith(wanted) || wanted.startsWith(`${entry}-`))
  return meant.length === 0 ? undefined : meant.join(' or ')
}
