type Values = ArrayLike<number>

/** Added from first to last in float64, as all of this file does: another order gives other last digits. */
export function sum(values: Values): number {
  let total = 0
  for (let i = 0; i < values.length; i++) total += values[i]!
  return total
}

export function sumOfSquares(values: Values): number {
  let total = 0
  for (let i = 0; i < values.length; i++) total += values[i]! * values[i]!
  return total
}

/** 1 of none: the elements of a scalar's shape. */
export function product(values: readonly number[]): number {
  return values.reduce((total, value) => total * value, 1)
}

/** NaN of none, as are those that follow. */
export function mean(values: Values): number {
  return sum(values) / values.length
}

export function meanSquare(values: Values): number {
  return sumOfSquares(values) / values.length
}

export function rms(values: Values): number {
  return Math.sqrt(meanSquare(values))
}

/** Mean square about the mean: the divisor is n, not n − 1. */
export function populationVariance(values: Values): number {
  const centre = mean(values)
  let squares = 0
  for (let i = 0; i < values.length; i++) squares += (values[i]! - centre) ** 2
  return squares / values.length
}

export function populationStd(values: Values): number {
  return Math.sqrt(populationVariance(values))
}

/** One channel of values that lie frame by frame. */
export function channelOf(data: Float32Array, channel: number, channels: number): Float32Array {
  const values = new Float32Array(data.length / channels)
  // A loop: `Float32Array.from` takes many times as long.
  for (let frame = 0; frame < values.length; frame++) values[frame] = data[frame * channels + channel]!
  return values
}

/** The upper one of an even number; 0 of none. */
export function upperMedian(values: Values): number {
  return Float64Array.from(values).sort()[values.length >> 1] ?? 0
}

/** Of a power, or of a ratio of two: −∞ of 0. */
export function decibels(power: number): number {
  return 10 * Math.log10(power)
}
