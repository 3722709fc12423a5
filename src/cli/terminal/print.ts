/** Figures rounded to what they are worth, for printing and for JSON. */
export function roundFigures<T extends Record<string, unknown>>(figures: T): T {
  return Object.fromEntries(
    Object.entries(figures).map(([name, value]) => [
      name,
      typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value,
    ]),
  ) as T
}
