const ones =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  )
const tens = ['', '', 'twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety']
const thousands = ['', 'thousand', 'million', 'billion', 'trillion']
const ordinals: Readonly<Record<string, string>> = {
  one: 'first',
  two: 'second',
  three: 'third',
  five: 'fifth',
  eight: 'eighth',
  nine: 'ninth',
  twelve: 'twelfth',
}
/** A longer number is said digit by digit. */
const maxDigits = 15

/** @param digits without a sign; any number of them */
export function cardinal(digits: string): string {
  if (digits.length > maxDigits || (digits.length > 1 && digits.startsWith('0'))) return digitByDigit(digits)
  const value = Number(digits)
  if (value < 1000) return belowThousand(value)
  const words: string[] = []
  let rest = value
  for (const scale of thousands) {
    const group = rest % 1000
    if (group > 0) words.unshift(`${belowThousand(group)} ${scale}`.trim())
    rest = Math.floor(rest / 1000)
  }
  return words.join(' ')
}

export function digitByDigit(digits: string): string {
  return [...digits].map((digit) => ones[Number(digit)]!).join(' ')
}

/** "23" → "twenty third" */
export function ordinal(digits: string): string {
  const words = cardinal(digits).split(' ')
  const last = words.pop()!
  const ending = last.endsWith('y') ? `${last.slice(0, -1)}ieth` : `${last}th`
  return [...words, ordinals[last] ?? ending].join(' ')
}

/** Of four digits: "1905" → "nineteen oh five", "2005" → "two thousand five". */
export function year(digits: string): string {
  const [high, low] = [digits.slice(0, 2), digits.slice(2)]
  if (high.endsWith('0') && low.startsWith('0')) return cardinal(digits)
  if (low === '00') return `${cardinal(high)} hundred`
  return `${cardinal(high)} ${low.startsWith('0') ? `oh ${cardinal(low.slice(1))}` : cardinal(low)}`
}

/** "3.14" → "three point one four" */
export function decimal(whole: string, fraction: string): string {
  return `${cardinal(whole === '' ? '0' : whole)} point ${digitByDigit(fraction)}`
}

function belowThousand(value: number): string {
  const hundreds = Math.floor(value / 100)
  const rest = value % 100
  const words = hundreds > 0 ? [ones[hundreds]!, 'hundred'] : []
  if (rest >= 20) {
    words.push(tens[Math.floor(rest / 10)]!)
    if (rest % 10 > 0) words.push(ones[rest % 10]!)
  } else if (rest > 0 || hundreds === 0) words.push(ones[rest]!)
  return words.join(' ')
}
