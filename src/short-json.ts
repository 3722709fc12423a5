/** What is beyond this of a value is left out before it is turned into text: a message shows its start. */
const shownEntries = 10
const shownLevels = 4

/**
 * The start of a value as JSON, for a message: at most so many characters, whatever the value's size and depth.
 *
 * @returns "nothing" for a value that JSON does not have
 */
export function shortJson(value: unknown, maxCharacters: number): string {
  // JSON would show as null what it reads of 1e400.
  if (typeof value === 'number') return `${value}`
  const text = JSON.stringify(pruned(value, shownLevels, maxCharacters)) ?? 'nothing'
  return text.length > maxCharacters ? `${text.slice(0, maxCharacters)}…` : text
}

function pruned(value: unknown, levels: number, maxCharacters: number): unknown {
  if (typeof value === 'string') return value.slice(0, maxCharacters + 1)
  if (typeof value !== 'object' || value === null) return value
  if (levels === 0) return '…'
  if (Array.isArray(value))
    return value.slice(0, shownEntries).map((entry) => pruned(entry, levels - 1, maxCharacters))
  const entries: [string, unknown][] = []
  for (const name in value) {
    if (entries.length === shownEntries) break
    const entry = (value as Record<string, unknown>)[name]
    entries.push([name.slice(0, maxCharacters + 1), pruned(entry, levels - 1, maxCharacters)])
  }
  return Object.fromEntries(entries)
}

/** A hostile name may be a megabyte of control characters: quote it, and cut it short. */
export function quoteName(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name)
}
