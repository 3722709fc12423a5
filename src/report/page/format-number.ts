/** A figure for people: three significant digits or so. */
export function formatNumber(value: number): string {
  const size = Math.abs(value)
  if (size !== 0 && size < 0.001) return value.toExponential(1)
  return value.toFixed(size < 10 ? 3 : size < 1000 ? 1 : 0)
}

/** With its sign; a true minus. */
export function formatChange(value: number): string {
  return `${value < 0 ? '−' : '+'}${formatNumber(Math.abs(value))}`
}

export function formatSeconds(seconds: number): string {
  return seconds < 60
    ? `${seconds.toFixed(1)} s`
    : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`
}
