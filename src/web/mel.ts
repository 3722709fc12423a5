/** What a page needs that makes or reads mels itself. A file of its own: pages that do not are spared it. */
export type { Frames } from '../audio/buffers/frames.js'
export type { MelDescription } from '../audio/mel/conventions/description.js'
export { melConventions } from '../audio/mel/conventions/named.js'
export { readMelConvention } from '../audio/mel/conventions/read.js'
export { logMel, MelAnalyzer, type MelConfig, melPresets } from '../audio/mel/mel.js'
export { Resampler, resample } from '../audio/resample.js'
export { type ErrorCode, GlowcastError } from '../errors.js'
