/** Behind these, American English makes a tap of t. */
const beforeTap = 'AIOWYiuæɑəɛɪɹʊʌ'

interface Stem {
  readonly stem: string
  readonly ending: 's' | 'ed' | 'ing'
  /** @param phonemes of the stem */
  withEnding(phonemes: string): string
}

/** What a word may be an inflection of, the likeliest first. */
export function stemsOf(word: string): Stem[] {
  return [
    ...spellings(word, 's').map((stem): Stem => ({ stem, ending: 's', withEnding: withS })),
    ...spellings(word, 'ed').map((stem): Stem => ({ stem, ending: 'ed', withEnding: withEd })),
    ...spellings(word, 'ing').map((stem): Stem => ({ stem, ending: 'ing', withEnding: withIng })),
  ]
}

function spellings(word: string, ending: Stem['ending']): string[] {
  const cut = (length: number) => word.slice(0, -length)
  if (ending === 's') {
    if (word.length < 3 || !word.endsWith('s')) return []
    const stems = word.endsWith('ss') ? [] : [cut(1)]
    if (word.endsWith("'s")) return [cut(2)]
    if (word.length > 4 && word.endsWith('ies')) return [...stems, `${cut(3)}y`]
    return word.length > 4 && word.endsWith('es') ? [...stems, cut(2)] : stems
  }
  if (ending === 'ed') {
    if (word.length < 4 || !word.endsWith('d')) return []
    const stems = word.endsWith('dd') ? [] : [cut(1)]
    return word.length > 4 && word.endsWith('ed') && !word.endsWith('eed') ? [...stems, cut(2)] : stems
  }
  if (word.length < 5 || !word.endsWith('ing')) return []
  const isDoubled = /([bcdgklmnprstvxz])\1ing$|cking$/.test(word)
  return [...(word.length > 5 ? [cut(3)] : []), `${cut(3)}e`, ...(isDoubled ? [cut(4)] : [])]
}

function withS(phonemes: string): string {
  const last = phonemes.at(-1)!
  if ('ptkfθ'.includes(last)) return `${phonemes}s`
  return 'szʃʒʧʤ'.includes(last) ? `${phonemes}ᵻz` : `${phonemes}z`
}

function withEd(phonemes: string): string {
  const last = phonemes.at(-1)!
  if ('pkfθʃsʧ'.includes(last)) return `${phonemes}t`
  if (last === 'd') return `${phonemes}ᵻd`
  if (last !== 't') return `${phonemes}d`
  if (phonemes.length < 2) return `${phonemes}ɪd`
  return `${tapped(phonemes)}ᵻd`
}

function withIng(phonemes: string): string {
  return `${tapped(phonemes)}ɪŋ`
}

/** A last t between vowels becomes a tap. */
function tapped(phonemes: string): string {
  const isTap = phonemes.endsWith('t') && beforeTap.includes(phonemes.at(-2) ?? '-')
  return isTap ? `${phonemes.slice(0, -1)}ɾ` : phonemes
}
