import { cardinal, decimal, digitByDigit, ordinal, year } from './numbers.js'

/** Words for what is written short. */
export interface WrittenForms {
  /** Without their full stop: "Dr". */
  readonly titles: Readonly<Record<string, string>>
  readonly abbreviations: Readonly<Record<string, string>>
  /** Behind a number: singular and plural. */
  readonly units: Readonly<Record<string, readonly [string, string]>>
  readonly symbols: Readonly<Record<string, string>>
}

const currencies: Readonly<Record<string, readonly [one: string, many: string, cents: string]>> = {
  $: ['dollar', 'dollars', 'cents'],
  '£': ['pound', 'pounds', 'pence'],
  '€': ['euro', 'euros', 'cents'],
}
const furtherSymbols = { '%': ' percent', '&': ' and ', '@': ' at ', '+': ' plus ', '/': ' slash ' }
/** An integer, perhaps with commas between thousands. */
const integer = String.raw`(\d{1,3}(?:,\d{3})+|\d+)`
const number = String.raw`${integer}(?:\.(\d+))?`

/** Makes words of numbers, dates of years, times, money, units, titles and signs; one for all sentences. */
export class TextNormalizer {
  private readonly rules: readonly (readonly [RegExp, (...found: string[]) => string])[]

  constructor(forms: WrittenForms) {
    const { titles, abbreviations, units } = forms
    const symbols: Readonly<Record<string, string>> = { ...forms.symbols, ...furtherSymbols }
    this.rules = [
      [pattern(String.raw`(?<!\d)(\d{1,2}):(\d\d)(?!\d)`), (_, hours, minutes) => time(hours!, minutes!)],
      [
        pattern(String.raw`([$£€])${number}(?:\s+(thousand|million|billion|trillion)\b)?`),
        (_, sign, whole, fraction, scale) => money(sign!, whole!, fraction, scale),
      ],
      [
        pattern(String.raw`${number}\s?(${alternatives(units)})(?![\p{L}\d])`),
        (_, whole, fraction, unit) =>
          `${spoken(whole!, fraction)} ${units[unit!]![whole === '1' && fraction === undefined ? 0 : 1]}`,
      ],
      [
        pattern(String.raw`(?<![\p{L}])(${alternatives(titles)})\.\s+(?=\p{Lu})`),
        (_, title) => `${titles[title!]} `,
      ],
      [
        pattern(String.raw`(?<![\p{L}.])(${alternatives(abbreviations)})(?![\p{L}])`),
        (_, short) => abbreviations[short!]!,
      ],
      [pattern(String.raw`(?<![\d.,])(\d+)(st|nd|rd|th)(?!\p{L})`), (_, digits) => ordinal(digits!)],
      [
        pattern(String.raw`(?<![\d.,\p{L}])(1[1-9]\d\d|20\d\d)(?![\d\p{L}]|[.,]\d)`),
        (_, digits) => year(digits!),
      ],
      [pattern(String.raw`(?<![\d\p{L}])-(?=\d)`), () => 'minus '],
      [pattern(number), (_, whole, fraction) => ` ${spoken(whole!, fraction)} `],
      [pattern(`(${alternatives(symbols)})`), (_, sign) => ` ${symbols[sign!]} `],
    ]
  }

  wordsOf(text: string): string {
    const plain = text.normalize('NFKC').replace(/[‘’]/g, "'").replace(/[‒–]/g, '-')
    const worded = this.rules.reduce(
      (all, [from, to]) => all.replace(from, to as (found: string) => string),
      plain,
    )
    return worded
      .replace(/\s+/g, ' ')
      .replace(/ (?=[.,;:!?])/g, '')
      .trim()
  }
}

function pattern(source: string): RegExp {
  return new RegExp(source, 'gu')
}

/** The longest first, so that none hides another. */
function alternatives(words: Readonly<Record<string, unknown>>): string {
  return Object.keys(words)
    .sort((a, b) => b.length - a.length)
    .map((word) => word.replace(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`))
    .join('|')
}

function spoken(whole: string, fraction: string | undefined): string {
  const digits = whole.replaceAll(',', '')
  return fraction === undefined ? cardinal(digits) : decimal(digits, fraction)
}

function time(hours: string, minutes: string): string {
  const hour = cardinal(String(Number(hours)))
  if (minutes === '00') return `${hour} o'clock`
  return minutes.startsWith('0')
    ? `${hour} oh ${digitByDigit(minutes.slice(1))}`
    : `${hour} ${cardinal(minutes)}`
}

function money(sign: string, whole: string, fraction?: string, scale?: string): string {
  const [one, many, cents] = currencies[sign]!
  if (scale !== undefined) return `${spoken(whole, fraction)} ${scale} ${many}`
  const units = `${spoken(whole, undefined)} ${whole === '1' ? one : many}`
  if (fraction === undefined || /^0+$/.test(fraction)) return units
  if (fraction.length !== 2) return `${spoken(whole, fraction)} ${many}`
  const part = `${cardinal(String(Number(fraction)))} ${cents}`
  return /^0+$/.test(whole) ? part : `${units} and ${part}`
}
