/** Round positions on an axis and how to write them. */
export interface AxisTicks {
  readonly values: readonly number[]
  format(value: number): string
}

/**
 * At most `most` + 1 ticks inside [low, high], at multiples of 1, 2 or 5 times a power of ten.
 *
 * @param low, high finite, low < high
 */
export function axisTicks(low: number, high: number, most: number): AxisTicks {
  const rough = (high - low) / most
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([1, 2, 5, 10].find((multiple) => multiple * power >= rough * (1 - 1e-9)) ?? 10)
  const first = Math.ceil(low / step - 1e-9)
  const count = Math.floor(high / step + 1e-9) - first + 1
  const values = Array.from({ length: count }, (_, index) => (first + index) * step)
  const largest = Math.max(Math.abs(low), Math.abs(high))
  if (largest >= 1e7 || step < 1e-5) {
    return { values, format: (value) => (value === 0 ? '0' : value.toExponential(1)) }
  }
  const kilo = largest >= 10_000 && step >= 100
  const unit = kilo ? 1000 : 1
  const digits = Math.max(0, -Math.floor(Math.log10(step / unit) + 1e-9))
  return { values, format: (value) => `${(value / unit).toFixed(digits)}${kilo && value !== 0 ? 'k' : ''}` }
}
