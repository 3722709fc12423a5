/** An averaged perceptron: of each feature of a word what speaks for and against each part of speech. */
export interface TaggerModel {
  readonly tags: readonly string[]
  /** Words that have one part of speech nearly always. */
  readonly tagdict: Readonly<Record<string, string>>
  /** Words that the features know; others are known by their shape. */
  readonly vocab: readonly string[]
  readonly weights: Readonly<Record<string, Readonly<Record<string, number>>>>
}

/** Of a word that no feature knows. */
const unknown = 'NN'

/** Parts of speech of the words of a sentence, with tags of the Penn Treebank. */
export class Tagger {
  private readonly vocabulary: ReadonlySet<string>

  constructor(private readonly model: TaggerModel) {
    this.vocabulary = new Set(model.vocab)
  }

  tagsOf(words: readonly string[]): string[] {
    const around = ['-START2-', '-START-', ...words.map((word) => this.normalised(word)), '-END-', '-END2-']
    const tags = ['-START2-', '-START-']
    for (const [index, word] of words.entries()) {
      const { tagdict } = this.model
      const certain = Object.hasOwn(tagdict, word) ? tagdict[word] : undefined
      const features = () => featuresOf(word, index, around, tags.at(-1)!, tags.at(-2)!)
      tags.push(certain ?? this.likeliest(features()))
    }
    return tags.slice(2)
  }

  private likeliest(features: readonly string[]): string {
    const { weights, tags } = this.model
    const scores = new Map<string, number>()
    for (const feature of features) {
      if (!Object.hasOwn(weights, feature)) continue
      for (const [tag, weight] of Object.entries(weights[feature]!)) {
        scores.set(tag, (scores.get(tag) ?? 0) + weight)
      }
    }
    if (scores.size === 0) return unknown
    const scoreOf = (tag: string) => scores.get(tag) ?? 0
    return tags.reduce((best, tag) => {
      const ahead = scoreOf(tag) - scoreOf(best)
      return ahead > 0 || (ahead === 0 && tag > best) ? tag : best
    })
  }

  private normalised(word: string): string {
    const plain = classOfWord(word)
    return this.vocabulary.has(plain) ? plain : `<${shapeOf(word)}>`
  }
}

function featuresOf(
  word: string,
  index: number,
  around: readonly string[],
  tag: string,
  tagBefore: string,
): string[] {
  const at = index + 2
  const [before2, before, own, after, after2] = around.slice(at - 2, at + 3) as [
    string,
    string,
    string,
    string,
    string,
  ]
  return [
    'b',
    `s3=${word.slice(-3)}`,
    `p1=${word.slice(0, 1)}`,
    `w=${own}`,
    `sh=${shapeOf(word)}`,
    index === 0 ? 'i0' : 'i+',
    `t-1=${tag}`,
    `t-2=${tagBefore}`,
    `t-12=${tag},${tagBefore}`,
    `w-1=${before}`,
    `s3-1=${before.slice(-3)}`,
    `w-2=${before2}`,
    `w+1=${after}`,
    `s3+1=${after.slice(-3)}`,
    `w+2=${after2}`,
  ]
}

function classOfWord(word: string): string {
  if (word.includes('-') && !word.startsWith('-')) return '!HYPHEN'
  if (/^\d{4}$/.test(word)) return '!YEAR'
  return /^\d/.test(word) ? '!DIGITS' : word.toLowerCase()
}

/** Of cases and kinds of characters. */
function shapeOf(word: string): string {
  if (/^\p{L}+$/u.test(word)) {
    if (word === word.toLowerCase()) return 'x'
    if (word === word.toUpperCase()) return word.length > 1 ? 'XX' : 'X1'
    const [first, ...rest] = word
    const isName = first === first!.toUpperCase() && rest.every((letter) => letter === letter.toLowerCase())
    return isName ? 'Xx' : 'xX'
  }
  if (/^\d+$/.test(word)) return 'd'
  return word.slice(0, 4).replace(/\d/g, 'd').replace(/\p{L}/gu, 'x')
}
