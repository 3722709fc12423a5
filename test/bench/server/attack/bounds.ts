/** What a column of a part's rows must be; rows without the column are not asked. */
export interface Bound {
  readonly column: string
  readonly max?: number
  readonly min?: number
  /** Another column that it must equal, or a value. */
  readonly is?: string | number
}

/** What is out of bounds, a line each. */
export function brokenBounds(part: string, rows: readonly object[], bounds: readonly Bound[]): string[] {
  return bounds.flatMap(({ column, max, min, is }) => {
    const asked = rows.filter((row) => Object.hasOwn(row, column)) as Record<string, unknown>[]
    if (asked.length === 0) return [`${part}: ${column}: got no row, expected some`]
    return asked.flatMap((row) => {
      const got = row[column]
      const wanted = typeof is === 'string' ? row[is] : is
      const say = (expected: string) => [`${part}: ${column}: got ${got}, expected ${expected}`]
      if (wanted !== undefined && got !== wanted) return say(`${wanted}`)
      if (max !== undefined && !(Number(got) <= max)) return say(`at most ${max}`)
      if (min !== undefined && !(Number(got) >= min)) return say(`at least ${min}`)
      return []
    })
  })
}
