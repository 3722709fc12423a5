/** The end of a sentence: its marks from the first on, quotes and brackets that close behind them, and white space. */
const sentenceEnd = /(?<![.!?…])[.!?…]+["”’)\]]*(?=\s+\S)/g
/** No title is longer. A text may be a book in one line, which is not to be searched anew for each sentence. */
const maxTitle = 40
const nextInLowerCase = /\s+\p{Ll}/uy
const initial = /^\p{Lu}$/u

/**
 * A text as its sentences. A line is a paragraph, and ends the sentence; a full stop behind a title or an initial, or before
 * a word in lower case, does not.
 *
 * @param titles that a full stop may follow: "Dr", "Mr"
 */
export function sentencesOf(text: string, titles: ReadonlySet<string> = new Set()): string[] {
  return text.split('\n').flatMap((paragraph) => {
    const sentences: string[] = []
    let start = 0
    for (const match of paragraph.matchAll(sentenceEnd)) {
      const end = match.index + match[0].length
      if (!endsSentence(paragraph, match.index, match[0], titles)) continue
      sentences.push(paragraph.slice(start, end))
      start = end
    }
    sentences.push(paragraph.slice(start))
    return sentences.map((sentence) => sentence.trim()).filter((sentence) => sentence !== '')
  })
}

function endsSentence(paragraph: string, at: number, marks: string, titles: ReadonlySet<string>): boolean {
  nextInLowerCase.lastIndex = at + marks.length
  if (nextInLowerCase.test(paragraph)) return false
  if (!marks.startsWith('.')) return true
  const [word = ''] = /[\p{L}\p{M}]*$/u.exec(paragraph.slice(Math.max(0, at - maxTitle), at)) ?? []
  return !titles.has(word) && !initial.test(word)
}

/** Marks behind which a sentence that is too long is cut. */
const clauseEnd = /(?<=[,;:—])\s+/
const clauseEnds = new RegExp(clauseEnd, 'g')

/** Parts of at most so many characters, cut behind clauses, or else between words, or else anywhere. */
export function partsWithin(text: string, most: number): string[] {
  const parts: string[] = []
  let part = ''
  const pieces = text
    .split(clauseEnd)
    .flatMap((clause) => (clause.length <= most ? [clause] : clause.split(/\s+/)))
    .flatMap((piece) => piece.match(new RegExp(`[^]{1,${most}}`, 'g')) ?? [])
  for (const piece of pieces) {
    if (part !== '' && part.length + 1 + piece.length > most) {
      parts.push(part)
      part = piece
    } else part = part === '' ? piece : `${part} ${piece}`
  }
  return part === '' ? parts : [...parts, part]
}

/**
 * A text in two where its start is to be heard soon: a text of at most `most` characters is left whole; a longer one ends its
 * start with the first clause that has a quarter of that and at most twice that. Where there is none it is left whole up to twice
 * that, and else cut between words.
 */
export function withEarlyStart(text: string, most: number): string[] {
  if (text.length <= most) return [text]
  const clause = [...text.matchAll(clauseEnds)].find(({ index }) => index >= most / 4 && index <= 2 * most)
  if (clause !== undefined) return [text.slice(0, clause.index), text.slice(clause.index).trimStart()]
  if (text.length <= 2 * most) return [text]
  const space = text.lastIndexOf(' ', 2 * most)
  return space <= 0 ? [text] : [text.slice(0, space), text.slice(space + 1)]
}
