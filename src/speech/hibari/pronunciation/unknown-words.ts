/** The letters and phonemes of the network that reads words that no lexicon has. */
export interface LetterTable {
  readonly in: readonly string[]
  readonly out: readonly string[]
  readonly maxlen: number
}

/** Numbers of the letters that the network knows, from 1; 0 is its blank. */
export function letterIds(word: string, { in: letters, maxlen }: LetterTable): number[] {
  return [...word]
    .map((letter) => letters.indexOf(letter) + 1)
    .filter((id) => id > 0)
    .slice(0, maxlen)
}

/** Phonemes of the network's answer: a blank parts two of a kind, and repetitions are one (CTC). */
export function phonemesOfPath(path: readonly number[], { out }: LetterTable): string {
  return path.map((id, i) => (id === 0 || id === path[i - 1] ? '' : (out[id - 1] ?? ''))).join('')
}
