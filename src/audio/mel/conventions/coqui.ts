import * as z from 'zod'
import { parseWith } from '../../../parse-with.js'
import type { MelDescription } from './description.js'
import { decibelScale, melConventions } from './named.js'

const logFunctions = { 'np.log': 'e', 'np.log10': '10' } as const

/** Of the `audio` section, what a mel depends on. Fields and their defaults: coqui-ai/TTS TTS/config/shared_configs.py. */
const audioSchema = z.object({
  sample_rate: z.number().default(22_050),
  fft_size: z.number().default(1024),
  win_length: z.number().default(1024),
  hop_length: z.number().default(256),
  num_mels: z.number().default(80),
  mel_fmin: z.number().nullish(),
  mel_fmax: z.number().nullish(),
  preemphasis: z.number().default(0),
  log_func: z.enum(['np.log', 'np.log10']).default('np.log10'),
  spec_gain: z.number().default(20),
  do_amp_to_db_mel: z.literal(true).default(true),
  signal_norm: z.boolean().default(true),
  min_level_db: z.number().negative().default(-100),
  ref_level_db: z.number().default(20),
  symmetric_norm: z.boolean().default(true),
  max_norm: z.number().positive().default(4),
  clip_norm: z.boolean().default(true),
  // A pickle of NumPy: its mean and deviation are to be given.
  stats_path: z.null().optional(),
})

/**
 * The convention of a Coqui model, from the `audio` section of its config.json.
 *
 * @throws GlowcastError INVALID_ARGUMENT naming the first wrong key
 */
export function fromCoquiConfig(json: unknown, field: string): MelDescription {
  const audio = parseWith(audioSchema, json, field, 'INVALID_ARGUMENT')
  const { range: _, ...coqui } = melConventions.coqui.mel
  const bank = {
    ...coqui,
    sampleRate: audio.sample_rate,
    fftSize: audio.fft_size,
    winLength: audio.win_length,
    hopLength: audio.hop_length,
    melBands: audio.num_mels,
    fMin: audio.mel_fmin ?? 0,
    fMax: audio.mel_fmax ?? audio.sample_rate / 2,
    preEmphasis: audio.preemphasis,
    logBase: logFunctions[audio.log_func],
  }
  if (!audio.signal_norm) return { ...bank, factor: audio.spec_gain, offset: 0 }
  const { range, ...scale } = decibelScale({
    gain: audio.spec_gain,
    least: audio.min_level_db,
    reference: audio.ref_level_db,
    limit: audio.max_norm,
    symmetric: audio.symmetric_norm,
  })
  return { ...bank, ...scale, ...(audio.clip_norm ? { range } : {}) }
}
