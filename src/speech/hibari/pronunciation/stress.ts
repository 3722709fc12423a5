const primary = 'ˈ'
const secondary = 'ˌ'
const vowels = 'AIOQWYaiuæɑɒɔəɛɜɪʊʌᵻ'
const diphthongs = 'AIOQWYʤʧ'

export function isVowel(phoneme: string): boolean {
  return vowels.includes(phoneme)
}

/**
 * - `least`: a word without stress gets a secondary one.
 * - `most`: its stress becomes, or it gets, a primary one.
 * - `lowered`: a primary stress becomes a secondary one.
 * - `none`: it has none.
 */
export type Stress = 'least' | 'most' | 'lowered' | 'none'

export function withStress(phonemes: string, stress: Stress | undefined): string {
  const hasPrimary = phonemes.includes(primary)
  const hasSecondary = phonemes.includes(secondary)
  if (stress === 'none') return phonemes.replaceAll(primary, '').replaceAll(secondary, '')
  if (stress === 'lowered') return hasPrimary ? lowered(phonemes) : phonemes
  if (stress === undefined || hasPrimary) return phonemes
  if (hasSecondary) return stress === 'most' ? phonemes.replaceAll(secondary, primary) : phonemes
  return stressed(phonemes, stress === 'most' ? primary : secondary)
}

/** Letters that are said one by one: the last stress is the main one. */
export function spelled(letters: readonly string[]): string {
  const joined = letters.join('')
  const even = joined.includes(primary) ? lowered(joined) : withStress(joined, 'least')
  const last = even.lastIndexOf(secondary)
  return last < 0 ? even : even.slice(0, last) + primary + even.slice(last + 1)
}

/**
 * Parts of a compound, such as those around a hyphen: of more stressed parts than half of them the lighter half is lowered.
 *
 * @param firstIsLetter whether the first part is a single letter: then the second is lowered
 */
export function compound(parts: readonly string[], firstIsLetter: boolean): string[] {
  const said = parts.flatMap((part, index) => (part === '' ? [] : [index]))
  const stressedParts = said.filter((index) => parts[index]!.includes(primary))
  let lighter: number[] = []
  if (said.length === 2 && firstIsLetter) lighter = [said[1]!]
  else if (said.length > 1 && stressedParts.length > Math.floor((said.length + 1) / 2)) {
    const weightOf = (index: number) => weight(parts[index]!)
    const order = (index: number) => (stressedParts.includes(index) ? 1 : 0)
    lighter = [...said]
      .sort((a, b) => order(a) - order(b) || weightOf(a) - weightOf(b))
      .slice(0, Math.floor(said.length / 2))
  }
  return parts.map((part, index) => (lighter.includes(index) ? withStress(part, 'lowered') : part))
}

function lowered(phonemes: string): string {
  return phonemes.replaceAll(secondary, '').replaceAll(primary, secondary)
}

/** With the mark before the first vowel; a word without one stays. */
function stressed(phonemes: string, mark: string): string {
  const at = [...phonemes].findIndex(isVowel)
  return at < 0 ? phonemes : phonemes.slice(0, at) + mark + phonemes.slice(at)
}

function weight(phonemes: string): number {
  return [...phonemes].reduce((sum, phoneme) => sum + (diphthongs.includes(phoneme) ? 2 : 1), 0)
}
