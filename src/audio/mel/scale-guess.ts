import type { ConventionName } from './conventions/named.js'
import type { ScaleSummary } from './scale-statistics.js'

/** A scale that TTS models use in place of natural logarithms: `value = factor * m + offset`. */
interface KnownScale {
  readonly name: string
  readonly factor: number
  readonly offset: number
  /** How to get the natural-log mel m of a value v. */
  readonly formula: string
  /** A convention of this scale, for whoever has the mels of such a system. */
  readonly convention?: ConventionName
  /** The scale holds no values outside these. */
  readonly range: readonly [lowest: number, highest: number]
  /** The lowest value is no more than this below the highest. */
  readonly span?: number
}

const nepersPerDecibel = Math.LN10 / 20
const anything = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const

/** Tacotron's 0 … 1 with min_level_db -100 and ref_level_db 20, stretched to [offset, offset + span]. */
function unitScale(name: string, span: number, offset: number): KnownScale {
  const share = offset === 0 ? `v / ${span}` : `(v + ${-offset}) / ${span}`
  return {
    name,
    factor: span / nepersPerDecibel / 100,
    offset: 0.8 * span + offset,
    formula: `m = ln(10) / 20 * (100 * ${span === 1 ? 'v' : share} - 100 + 20), with your min_level_db -100 and ref_level_db 20`,
    range: [offset, offset + span],
  }
}

const LINEAR = { name: 'linear magnitudes', formula: 'm = ln(max(v, 1e-5))' }

const DECIBELS: readonly KnownScale[] = [
  {
    name: 'decibels',
    factor: 1 / nepersPerDecibel,
    offset: 0,
    formula: 'm = ln(10) / 20 * v',
    range: anything,
  },
  {
    name: 'decibels of magnitudes taken for power',
    factor: 0.5 / nepersPerDecibel,
    offset: 0,
    formula: 'm = ln(10) / 10 * v',
    range: anything,
  },
]

/** No logarithm to the base of e, 2 or 10 of a magnitude that a float32 can tell from 0 is lower. */
const LOWEST_LOG = -34

const NORMALISED = {
  name: 'mels normalised by their own mean and deviation',
  formula: 'm = v * deviation + mean, of the mels that your model was trained on',
}

/** 13 % from natural logarithms of magnitudes, which is less than recordings differ by. */
const POWER_LOG10 = {
  name: 'log10 mels of power',
  factor: 2 / Math.LN10,
  offset: 0,
  formula: 'm = 1.151293 * v',
  range: [-10, 6],
} as const satisfies KnownScale

const WHISPER = {
  name: 'mels normalised as by Whisper',
  factor: 0.5 / Math.LN10,
  offset: 1,
  formula: 'm = 4.60517 * (v - 1)',
  range: anything,
  /** Nothing lies further below the highest value. */
  span: 2,
} satisfies KnownScale

/** Of samples of 16 bits as they are. */
const INTEGERS = 'of samples that were not divided by 32768'
const integerOffset = Math.log(32_768)

const LOWER_FLOOR = {
  name: 'natural-log mels with a lower floor',
  formula: 'm = max(v, -11.5129)',
}

const KNOWN_SCALES: readonly KnownScale[] = [
  {
    name: 'log10 mels',
    convention: 'espnet',
    factor: 1 / Math.LN10,
    offset: 0,
    formula: 'm = 2.302585 * v',
    range: anything,
  },
  {
    name: 'log2 mels',
    factor: 1 / Math.LN2,
    offset: 0,
    formula: 'm = 0.693147 * v',
    range: anything,
  },
  {
    name: 'natural logarithms of power',
    factor: 2,
    offset: 0,
    formula: 'm = v / 2',
    range: anything,
  },
  {
    name: 'log2 mels of power',
    factor: 2 / Math.LN2,
    offset: 0,
    formula: 'm = 0.3465736 * v',
    range: anything,
  },
  POWER_LOG10,
  ...DECIBELS,
  { ...unitScale('mels scaled to -4 … 4', 8, -4), convention: 'coqui' },
  unitScale('mels scaled to 0 … 4', 4, 0),
  unitScale('mels scaled to 0 … 8', 8, 0),
  unitScale('mels scaled to 0 … 1', 1, 0),
  {
    name: 'mels normalised as by StyleTTS',
    convention: 'styletts2',
    factor: 0.25,
    offset: 1,
    formula: 'm = 4 * v - 4',
    range: anything,
  },
  WHISPER,
  {
    name: 'mels normalised by the mean and deviation of a data set, as by Matcha-TTS',
    convention: 'matcha',
    factor: 1 / 2.0643,
    offset: 5.517 / 2.0643,
    formula: 'm = v * deviation + mean of that data set (for Matcha-TTS m = 2.0643 * v - 5.517)',
    range: anything,
  },
  {
    name: 'mels scaled to -1 … 1 as by Tortoise',
    factor: 2 / (2.3143 + 11.5129),
    offset: (2 * 11.5129) / (2.3143 + 11.5129) - 1,
    formula: 'm = (v + 1) / 2 * (2.3143 + 11.5129) - 11.5129',
    range: [-1, 1],
  },
  {
    name: `mels ${INTEGERS}`,
    factor: 1,
    offset: integerOffset,
    formula: 'm = v - 10.39721',
    range: anything,
  },
  {
    name: `natural logarithms of power, as by Kaldi, ${INTEGERS}`,
    factor: 2,
    offset: 2 * integerOffset,
    formula: 'm = v / 2 - 10.39721',
    range: anything,
  },
  {
    name: `log10 mels of power ${INTEGERS}`,
    factor: 2 / Math.LN10,
    offset: (2 * integerOffset) / Math.LN10,
    formula: 'm = 1.151293 * v - 10.39721',
    range: anything,
  },
  {
    name: `log10 mels ${INTEGERS}`,
    factor: 1 / Math.LN10,
    offset: integerOffset / Math.LN10,
    formula: 'm = 2.302585 * v - 10.39721',
    range: anything,
  },
  {
    name: 'mels of samples that were divided by 32768 twice',
    factor: 1,
    offset: -integerOffset,
    formula: 'm = v + 10.39721',
    range: anything,
  },
]

/** What speech is like on the right scale, over recordings of seven sources, and how far from it they may be. */
const SPEECH = {
  lowest: { value: -11.2, spread: 1.5 },
  highest: { value: 0.2, spread: 1 },
  mean: { value: -5.9, spread: 1.2 },
  deviation: { value: 2.1, spread: 0.45 },
  roughness: { value: 0.43, spread: 0.07 },
} as const

/** Values of linear mels are nearly all small beside the largest one. */
const linearShare = 0.04

/** A mel whose mean is nearer to 0 than this, with a deviation near 1, was normalised by its own figures. */
const normalisedMean = 0.12
const normalisedDeviation = [0.8, 1.2] as const

/** Scales that fit nearly as well as the best cannot be told from it, the less the worse that one fits. */
const nearlyAsGood = (best: number) => 5 + 1.5 * best
const maxNamed = 3

/** Fewer frames may be the beginning of a mel: 2.3 s. */
const PAIRS_OF_A_WHOLE = 200

/** Whether the lowest values lie where those of log10 mels of power do, with the usual floor of 1e-10. */
export function isOnPowerLog10Floor({ lowest, atLowest }: ScaleSummary): boolean {
  return Math.abs(lowest - POWER_LOG10.range[0]) < 1e-3 && atLowest >= enoughAtFloor
}

/** So many values that equal the lowest one lie on a floor that something was clipped to. */
const enoughAtFloor = 16

interface LikelyScale {
  readonly name: string
  readonly formula: string
  readonly convention?: ConventionName
}

/** What mels that are no natural-log mels look like, the likeliest first, and how they are converted. */
export function guessScales(summary: ScaleSummary): readonly LikelyScale[] {
  const { lowest, highest, all } = summary
  const { mean, deviation } = all
  if (lowest < LOWEST_LOG) return likeliest(summary, DECIBELS)
  if (lowest >= 0 && mean < linearShare * highest) return [LINEAR]
  const span = highest - lowest
  if (Math.abs(span - WHISPER.span) < 2e-3 && summary.atLowest > 1) return [WHISPER]
  if (isOnPowerLog10Floor(summary)) return [POWER_LOG10]
  const [least, most] = normalisedDeviation
  const isClipped = KNOWN_SCALES.some(({ range }) => Math.abs(lowest - range[0]) < 1e-3)
  if (!isClipped && lowest < 0 && Math.abs(mean) < normalisedMean && deviation > least && deviation < most)
    return [NORMALISED]
  const possible = KNOWN_SCALES.filter(
    (scale) =>
      lowest >= scale.range[0] - 1e-3 &&
      highest <= scale.range[1] + 1e-3 &&
      span <= (scale.span ?? Number.POSITIVE_INFINITY) + 1e-3,
  )
  const named = likeliest(summary, possible)
  // The beginning of what is normalised as a whole is not normalised by itself.
  const isBeginning = all.pairs < PAIRS_OF_A_WHOLE && lowest < 0 && highest > 0
  if (isBeginning && Math.abs(mean) < 1 && deviation > 0.3 && deviation < 1.7) named.unshift(NORMALISED)
  if (summary.belowFloorShare > 0) named.push(LOWER_FLOOR)
  return named
}

/** Those that make the mels most like speech, the likeliest first. */
function likeliest(summary: ScaleSummary, scales: readonly KnownScale[]): LikelyScale[] {
  const judged = scales.map((scale) => ({ scale, strangeness: strangenessOf(summary, scale) }))
  judged.sort((a, b) => a.strangeness - b.strangeness)
  const best = judged[0]!.strangeness
  return judged
    .filter(({ strangeness }) => strangeness <= nearlyAsGood(best))
    .slice(0, maxNamed)
    .map(({ scale }) => scale)
}

/** How unlike speech the mels are once they are converted from the scale. */
function strangenessOf({ all, lowest, highest }: ScaleSummary, { factor, offset }: KnownScale): number {
  const far = (name: keyof typeof SPEECH, value: number) =>
    ((value - SPEECH[name].value) / SPEECH[name].spread) ** 2
  return (
    far('lowest', (lowest - offset) / factor) +
    far('highest', (highest - offset) / factor) +
    far('mean', (all.mean - offset) / factor) +
    far('deviation', all.deviation / factor) +
    far('roughness', all.roughness / factor)
  )
}
