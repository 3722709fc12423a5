export interface Token {
  readonly text: string
  /** Else a mark. */
  readonly isWord: boolean
  /** Whether white space follows. */
  readonly hasSpace: boolean
}

/** Letters with full stops between, words with apostrophes and hyphens, dashes, marks. */
const tokenPattern =
  /((?:\p{L}\.){2,}|(?:'(?=\p{L}))?\p{L}[\p{L}\p{M}]*(?:['-]\p{L}[\p{L}\p{M}]*)*'?)|(--+|(?<=\s)-(?=\s)|[;:,.!?—…"“”()])/gu

/**
 * Words and marks of a text that is words already; other characters, such as pictures, are left out.
 */
export function tokensOf(text: string): Token[] {
  return [...text.matchAll(tokenPattern)].map((match) => {
    const [all, word] = match
    const next = text[match.index + all.length]
    return {
      text: word ?? markOf(all, text[match.index - 1]),
      isWord: word !== undefined,
      hasSpace: next === ' ',
    }
  })
}

function markOf(mark: string, before: string | undefined): string {
  if (mark.startsWith('-')) return '—'
  if (mark !== '"') return mark
  return before === undefined || before === ' ' || before === '(' ? '“' : '”'
}
