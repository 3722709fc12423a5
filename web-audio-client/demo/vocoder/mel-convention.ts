import { defaultMel } from '../../../src/audio/mel/mel-config.js'
import type { MelConvention } from '../../../src/protocol/messages.js'
import { melPresets } from '../../mel-presets.js'

/** What the page's mel is, as the server wants it told. */
export const melConvention: MelConvention = melPresets[defaultMel]
