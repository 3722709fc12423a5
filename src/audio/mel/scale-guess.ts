import type { ScaleSummary } from './scale-statistics.js'

/** A scale that TTS models use in place of natural logarithms: `value = factor * m + offset`. */
interface KnownScale {
  readonly name: string
  readonly factor: number
  readonly offset: number
  /** How to get the natural-log mel m of a value v. */
  readonly formula: string
  /** The scale holds no values outside these. */
  readonly range: readonly [lowest: number, highest: number]
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

const DECIBELS = { name: 'decibels', formula: 'm = ln(10) / 20 * v' }

/** No logarithm to the base of e, 2 or 10 of a magnitude that a float32 can tell from 0 is lower. */
const LOWEST_LOG = -30

const NORMALISED = {
  name: 'mels normalised by mean and deviation',
  formula: 'm = v * deviation + mean, of the mels that your model was trained on',
}

const KNOWN_SCALES: readonly KnownScale[] = [
  {
    name: 'log10 mels',
    factor: 1 / Math.LN10,
    offset: 0,
    formula: 'm = 2.302585 * v',
    range: anything,
  },
  unitScale('mels scaled to -4 … 4', 8, -4),
  unitScale('mels scaled to 0 … 4', 4, 0),
  unitScale('mels scaled to 0 … 8', 8, 0),
  unitScale('mels scaled to 0 … 1', 1, 0),
  {
    name: 'mels normalised as by StyleTTS',
    factor: 0.25,
    offset: 1,
    formula: 'm = 4 * v - 4',
    range: anything,
  },
  {
    name: 'mels normalised as by Matcha-TTS',
    factor: 1 / 2.0643,
    offset: 5.517 / 2.0643,
    formula: 'm = 2.0643 * v - 5.517, with the mel_std and mel_mean of your model',
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
    name: 'mels of samples that were not divided by 32768',
    factor: 1,
    offset: Math.log(32_768),
    formula: 'm = v - 10.39721',
    range: anything,
  },
]

/** What frames of speech are like on the right scale, and how far from it they may be. */
const SPEECH = {
  lowest: { value: -10.5, spread: 2 },
  highest: { value: 0.4, spread: 0.8 },
  mean: { value: -5, spread: 1.2 },
  deviation: { value: 2, spread: 0.4 },
  roughness: { value: 0.38, spread: 0.06 },
} as const

/** Values of linear mels are nearly all small beside the largest one. */
const linearShare = 0.04

/** A mel whose mean is nearer to 0 than this, with a deviation near 1, was normalised by its own figures. */
const normalisedMean = 0.12
const normalisedDeviation = [0.8, 1.2] as const

/** What mels that are no natural-log mels look like, and how they are converted. */
export function guessScale(summary: ScaleSummary): { name: string; formula: string } {
  const { lowest, highest, mean, deviation } = summary
  if (lowest < LOWEST_LOG) return DECIBELS
  if (lowest >= 0 && mean < linearShare * highest) return LINEAR
  const [least, most] = normalisedDeviation
  const isClipped = KNOWN_SCALES.some(({ range }) => Math.abs(lowest - range[0]) < 1e-3)
  if (!isClipped && lowest < 0 && Math.abs(mean) < normalisedMean && deviation > least && deviation < most)
    return NORMALISED
  const possible = KNOWN_SCALES.filter(
    ({ range }) => lowest >= range[0] - 1e-3 && highest <= range[1] + 1e-3,
  ).map((scale) => ({ scale, strangeness: strangenessOf(summary, scale) }))
  possible.sort((a, b) => a.strangeness - b.strangeness)
  return possible[0]!.scale
}

/** How unlike speech the mels are once they are converted from the scale. */
function strangenessOf(summary: ScaleSummary, { factor, offset }: KnownScale): number {
  const far = (name: keyof typeof SPEECH, value: number) =>
    ((value - SPEECH[name].value) / SPEECH[name].spread) ** 2
  return (
    far('lowest', (summary.lowest - offset) / factor) +
    far('highest', (summary.highest - offset) / factor) +
    far('mean', (summary.mean - offset) / factor) +
    far('deviation', summary.deviation / factor) +
    far('roughness', summary.roughness / factor)
  )
}
