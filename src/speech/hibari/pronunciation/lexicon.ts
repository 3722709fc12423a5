import { type Stress, spelled, withStress } from './stress.js'
import { stemsOf } from './suffixes.js'

/** Phonemes of a word, or of each part of speech; null: it is spelled. */
type LexiconEntry = string | Readonly<Record<string, string | null>>
export type LexiconWords = Readonly<Record<string, LexiconEntry>>

/** What the pronunciation of a word depends on. */
export interface WordContext {
  /** Part of speech, of the Penn Treebank. */
  readonly tag: string
  /** Whether the next sound is a vowel; undefined before a pause. */
  readonly beforeVowel: boolean | undefined
  readonly beforeTo: boolean
}

/** Words by their spelling, parts of speech and endings, as misaki's English rules say them. */
export class Lexicon {
  /**
   * @param gold words that people checked
   * @param silver others
   */
  constructor(
    private readonly gold: LexiconWords,
    private readonly silver: LexiconWords,
  ) {}

  /** Phonemes of a word, or undefined where it is not known. */
  phonemesOf(word: string, context: WordContext): string | undefined {
    const common = this.functionWord(word, context)
    if (common !== undefined) return common
    const stress = stressOfCase(word)
    const isAcronym = /^(?:\p{L}{1,2}\.)+\p{L}{0,2}$/u.test(word)
    if (isAcronym) return this.spelledOut(word)
    const plain = this.plainCase(word, context)
    return (
      this.known(plain, context, stress) ??
      this.known(plain.replace(/'$/, ''), context, stress) ??
      this.fromStem(plain, context, stress)
    )
  }

  /** Letter by letter; undefined where one has no name. */
  spelledOut(word: string): string | undefined {
    const letters = [...word].filter((letter) => /\p{L}/u.test(letter))
    const names = letters.map((letter) => entryOf(this.gold, letter.toUpperCase()))
    return names.every((name) => typeof name === 'string') && names.length > 0 ? spelled(names) : undefined
  }

  private has(word: string): boolean {
    return entryOf(this.gold, word) !== undefined || entryOf(this.silver, word) !== undefined
  }

  /** Words in capitals, and those that begin a sentence, are looked up as others where they have no entry of their own. */
  private plainCase(word: string, { tag }: WordContext): string {
    const lower = word.toLowerCase()
    const isCased = word === word.toUpperCase() || word.slice(1) === lower.slice(1)
    if (word === lower || word.length < 2 || this.has(word) || !isCased) return word
    if (tag === 'NNP' && word.length <= 7) return word
    const isWord = this.has(lower) || stemsOf(lower).some(({ stem }) => this.has(stem))
    return isWord ? lower : word
  }

  private known(word: string, context: WordContext, stress: Stress | undefined): string | undefined {
    const isCapitals = word === word.toUpperCase() && entryOf(this.gold, word) === undefined
    const spelling = isCapitals ? word.toLowerCase() : word
    const isName = isCapitals && context.tag === 'NNP'
    const entry = entryOf(this.gold, spelling) ?? (isName ? undefined : entryOf(this.silver, spelling))
    const phonemes = ofPart(entry, context)
    if (phonemes === null || (isName && phonemes?.includes('ˈ') !== true)) return this.spelledOut(spelling)
    if (phonemes !== undefined) return withStress(phonemes, stress)
    // Capitals that are no word are letters: "BBC", "X".
    return /^\p{Lu}+$/u.test(word) || word.length === 1 ? this.spelledOut(word) : undefined
  }

  private fromStem(word: string, context: WordContext, stress: Stress | undefined): string | undefined {
    for (const { stem, ending, withEnding } of stemsOf(word)) {
      if (!this.has(stem)) continue
      const phonemes = this.known(stem, context, stress ?? (ending === 'ing' ? 'least' : undefined))
      if (phonemes !== undefined && phonemes !== '') return withEnding(phonemes)
    }
    return undefined
  }

  /** Words whose sound hangs on what follows them. */
  private functionWord(word: string, { tag, beforeVowel, beforeTo }: WordContext): string | undefined {
    const isCapitals = word === word.toUpperCase() && word.length > 1
    switch (word.toLowerCase()) {
      case 'a':
        return tag === 'DT' ? 'ɐ' : 'ˈA'
      case 'an':
        return isCapitals && tag.startsWith('NN') ? undefined : 'ɐn'
      case 'am':
        if (isCapitals && tag.startsWith('NN')) return this.spelledOut(word)
        return word === 'am' && beforeVowel !== undefined
          ? 'ɐm'
          : (ofPart(entryOf(this.gold, 'am')) ?? undefined)
      case 'i':
        return word === 'I' && tag === 'PRP' ? 'ˌI' : undefined
      case 'by':
        return tag.startsWith('RB') ? 'bˈI' : undefined
      case 'to':
        if (isCapitals && tag !== 'TO' && tag !== 'IN') return undefined
        if (beforeVowel === undefined) return ofPart(entryOf(this.gold, 'to')) ?? undefined
        return beforeVowel ? 'tʊ' : 'tə'
      case 'in':
        if (isCapitals && tag === 'NNP') return undefined
        return beforeVowel === undefined || tag !== 'IN' ? 'ˈɪn' : 'ɪn'
      case 'the':
        if (isCapitals && tag !== 'DT') return undefined
        return beforeVowel === true ? 'ði' : 'ðə'
      case 'used':
        return (
          ofPart(entryOf(this.gold, 'used'), {
            tag: beforeTo && ['VBD', 'JJ'].includes(tag) ? 'VBD' : 'DEFAULT',
            beforeVowel: false,
          }) ?? undefined
        )
      default:
        return undefined
    }
  }
}

/** Of the word itself, else of it with the other case of its first letter. */
function entryOf(words: LexiconWords, word: string): LexiconEntry | undefined {
  if (Object.hasOwn(words, word)) return words[word]
  const lower = word.toLowerCase()
  const capital = lower.slice(0, 1).toUpperCase() + lower.slice(1)
  const other = word === lower ? capital : word === capital ? lower : word
  return word.length > 1 && Object.hasOwn(words, other) ? words[other] : undefined
}

function ofPart(
  entry: LexiconEntry | undefined,
  { tag, beforeVowel }: Pick<WordContext, 'tag' | 'beforeVowel'> = { tag: 'DEFAULT', beforeVowel: false },
): string | null | undefined {
  if (entry === undefined || typeof entry === 'string') return entry
  const names = beforeVowel === undefined ? ['None', tag, classOf(tag)] : [tag, classOf(tag)]
  const name = names.find((part) => Object.hasOwn(entry, part)) ?? 'DEFAULT'
  return entry[name] ?? null
}

/** Under which a lexicon has the parts of speech. */
function classOf(tag: string): string {
  if (tag.startsWith('VB')) return 'VERB'
  if (tag.startsWith('NN')) return 'NOUN'
  if (tag.startsWith('RB')) return 'ADV'
  return tag.startsWith('JJ') ? 'ADJ' : tag
}

function stressOfCase(word: string): Stress | undefined {
  if (word === word.toLowerCase()) return undefined
  return word === word.toUpperCase() ? 'most' : 'least'
}
