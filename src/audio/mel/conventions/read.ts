import { invalidArgument } from '../../../errors.js'
import { parseWith } from '../../../parse-with.js'
import { plural } from '../../../plural.js'
import { assertConvertible } from './conversion.js'
import { fromCoquiConfig } from './coqui.js'
import { descriptionSchema, type MelDescription } from './description.js'
import { type ConventionName, melConventions } from './named.js'

const conventionNames = Object.keys(melConventions) as readonly ConventionName[]

function isConventionName(text: string): text is ConventionName {
  return Object.hasOwn(melConventions, text)
}

/**
 * The convention that a text names, or describes as JSON.
 *
 * @param text a name; or `{ "like": NAME }` with the fields of `MelDescription` that differ; or the config of a Coqui model
 * @throws GlowcastError INVALID_ARGUMENT
 */
export function readMelConvention(text: string, field = 'melConvention'): MelDescription {
  if (isConventionName(text)) return complete(melConventions[text].mel, field)
  if (!text.trimStart().startsWith('{')) {
    const names = conventionNames.join(', ')
    throw invalidArgument(field, `"${text.slice(0, 40)}"`, `one of ${names}; or a description as JSON`)
  }
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw invalidArgument(field, 'text that is not JSON', 'a description as JSON')
  }
  return describedConvention(json as object, field)
}

function describedConvention(json: object, field: string): MelDescription {
  const described = (fields: unknown) =>
    complete(parseWith(descriptionSchema, fields, field, 'INVALID_ARGUMENT'), field)
  if ('audio' in json) return described(fromCoquiConfig(json.audio, `${field}: audio`))
  const { like, ...changes } = json as { like?: unknown }
  if (typeof like !== 'string' || !isConventionName(like)) {
    const got = like === undefined ? 'nothing' : (JSON.stringify(like) ?? '').slice(0, 40)
    throw invalidArgument(`${field}: like`, got, `one of ${conventionNames.join(', ')}`)
  }
  return described({ ...melConventions[like].mel, ...changes })
}

/** @throws GlowcastError INVALID_ARGUMENT where fields contradict each other or are not given */
function complete(mel: MelDescription, field: string): MelDescription {
  const { winLength, fftSize, hopLength, sampleRate, bankRate = sampleRate, fMin, fMax, melBands } = mel
  const check = (ok: boolean, part: string, got: unknown, expected: string) => {
    if (!ok) throw invalidArgument(`${field}: ${part}`, `${got}`, expected)
  }
  check(winLength <= fftSize, 'winLength', winLength, `at most the fftSize, ${fftSize}`)
  check(hopLength <= fftSize, 'hopLength', hopLength, `at most the fftSize, ${fftSize}`)
  check(fMax <= bankRate / 2, 'fMax', fMax, `at most half the rate, ${bankRate / 2}`)
  check(fMin < fMax, 'fMin', fMin, `below fMax, ${fMax}`)
  assertConvertible(mel, field)
  for (const part of ['mean', 'deviation'] as const) {
    const value = mel[part]
    const values = [value].flat()
    check(
      !Array.isArray(value) || value.length === melBands,
      part,
      plural(values.length, 'value'),
      `one number, or one of each of ${melBands} bands`,
    )
    check(
      part === 'mean' || values.every((one) => Number(one) > 0),
      part,
      values.join(', '),
      'positive numbers',
    )
  }
  return mel
}
