import * as z from 'zod'

const positive = z.number().int().positive()
/** One value for all bands, or one a band; `given`: of the caller's data set, who must say them. */
const statistic = z.union([z.number(), z.array(z.number()).min(1).max(512), z.literal('given')])

/**
 * How a waveform becomes the values of a mel, in the order in which it happens. Of the magnitudes of a Hann-windowed Fourier
 * transform the bands sum their share, and with x that sum
 * `value = (factor * log(max(x, logFloor)) + offset, clipped to range, - mean) / deviation`.
 */
export const descriptionSchema = z.strictObject({
  /** Hz, of the audio. */
  sampleRate: positive.min(4000).max(192_000),
  /** Samples; a power of two. */
  fftSize: positive.max(16_384).refine((size) => size >= 64 && (size & (size - 1)) === 0, {
    message: 'expected a power of two from 64',
  }),
  /** Samples of the window, at most fftSize. */
  winLength: positive.max(16_384),
  /** Samples from one frame to the next. */
  hopLength: positive.max(8192),
  /** `hop-centred`: frame t is centred in samples [hop * t, hop * (t + 1)); `sample-centred`: on sample hop * t. */
  alignment: z.enum(['hop-centred', 'sample-centred']),
  window: z.enum(['hann', 'povey']),
  /** k of the filter y[n] = x[n] - k * x[n - 1] before all else; 0: none. */
  preEmphasis: z.number().min(0).max(1),
  /** What a sample of full scale is: 1, or 32768 where samples are 16-bit integers. */
  fullScale: z.union([z.literal(1), z.literal(32_768)]),
  /** Added to the energy of a bin before the root of it is its magnitude. */
  energyAdded: z.number().min(0).max(1e-3),
  melBands: positive.max(512),
  /** Hz, of the filter bank. */
  fMin: z.number().min(0),
  /** Hz, of the filter bank. */
  fMax: z.number().positive(),
  /** Rate for which the filter bank was computed, Hz, where a system computed it for another than the audio's. */
  bankRate: positive.optional(),
  melScale: z.enum(['slaney', 'htk']),
  /** `slaney`: each band has unit area over frequency; `none`: unit height. */
  melNorm: z.enum(['slaney', 'none']),
  /** On which axis the sides of a band are straight. */
  triangles: z.enum(['hz', 'mel']),
  /** Of the magnitudes that the bands sum: 1 magnitude, 2 energy. */
  power: z.union([z.literal(1), z.literal(2)]),
  logBase: z.enum(['e', '10']),
  logFloor: z.number().positive(),
  /** `least`: smaller sums are raised to the floor; `added`: it is added to all. */
  floorIs: z.enum(['least', 'added']),
  /** On the logarithm. */
  factor: z.number().positive(),
  offset: z.number(),
  /** Values are clipped to it before mean and deviation. */
  range: z
    .tuple([z.number(), z.number()])
    .refine(([lowest, highest]) => lowest < highest, { message: 'expected the lower value first' })
    .optional(),
  mean: statistic,
  deviation: statistic,
})

export type MelDescription = z.infer<typeof descriptionSchema>
