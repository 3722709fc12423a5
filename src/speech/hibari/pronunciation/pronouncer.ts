import type { Lexicon, WordContext } from './lexicon.js'
import type { TextNormalizer } from './normalize.js'
import { compound, isVowel } from './stress.js'
import type { Tagger } from './tagger.js'
import { type Token, tokensOf } from './tokens.js'

const pauses = ';:,.!?—…'
const consonants = 'bdfhjklmnpstvwzðŋɡɹɾʃʒʤʧθ'

/** Phonemes of English sentences, in the alphabet of the model. */
export class Pronouncer {
  /** @param unknownWord phonemes of a word that no lexicon has */
  constructor(
    private readonly normalizer: TextNormalizer,
    private readonly tagger: Tagger,
    private readonly lexicon: Lexicon,
    private readonly unknownWord: (word: string) => Promise<string>,
  ) {}

  /** @returns empty for a sentence without anything to say */
  async phonemesOf(sentence: string): Promise<string> {
    const tokens = tokensOf(this.normalizer.wordsOf(sentence))
    const tags = this.tagsOf(tokens)
    const said: string[] = []
    let beforeVowel: boolean | undefined
    let beforeTo = false
    // What a word sounds like hangs on what follows it.
    for (let i = tokens.length - 1; i >= 0; i--) {
      const token = tokens[i]!
      const phonemes = token.isWord
        ? await this.ofWord(token.text, { tag: tags[i]!, beforeVowel, beforeTo })
        : token.text
      said.unshift(phonemes + (token.hasSpace ? ' ' : ''))
      beforeVowel = startsWithVowel(phonemes, beforeVowel)
      beforeTo = token.text.toLowerCase() === 'to'
    }
    return tokens.some(({ isWord }) => isWord) ? inAlphabet(said.join('')) : ''
  }

  /** Of a word the tag of its first part: the tagger learned "do" and "n't" apart. */
  private tagsOf(tokens: readonly Token[]): string[] {
    const parts = tokens.map(({ text }) => {
      const [, stem, ending] = /^(.+?)(n't|'(?:s|m|d|re|ve|ll))$/i.exec(text) ?? []
      return stem === undefined || ending === undefined ? [text] : [stem, ending]
    })
    const tags = this.tagger.tagsOf(parts.flat())
    let at = 0
    return parts.map(({ length }) => {
      const tag = tags[at]!
      at += length
      return tag
    })
  }

  private async ofWord(word: string, context: WordContext): Promise<string> {
    const known = this.lexicon.phonemesOf(word, context)
    if (known !== undefined) return known
    const parts = word.split('-').filter((part) => part !== '')
    if (parts.length < 2) return this.unknownWord(word)
    const said: string[] = []
    let { beforeVowel } = context
    for (const part of [...parts].reverse()) {
      const phonemes =
        this.lexicon.phonemesOf(part, { ...context, beforeVowel, beforeTo: false }) ??
        (await this.unknownWord(part))
      said.unshift(phonemes)
      beforeVowel = startsWithVowel(phonemes, beforeVowel)
    }
    return compound(said, parts[0]!.length === 1).join('')
  }
}

/** Undefined at a pause. */
function startsWithVowel(phonemes: string, otherwise: boolean | undefined): boolean | undefined {
  for (const phoneme of phonemes) {
    if (pauses.includes(phoneme)) return undefined
    if (isVowel(phoneme)) return true
    if (consonants.includes(phoneme)) return false
  }
  return otherwise
}

/** The model has one sign for the tap, and none for the glottal stop. */
function inAlphabet(phonemes: string): string {
  return phonemes.replaceAll('ɾ', 'T').replaceAll('ʔ', 't').replace(/ +/g, ' ').trim()
}
