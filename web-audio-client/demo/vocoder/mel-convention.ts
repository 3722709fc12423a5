import { melPresets } from '../../../src/audio/mel/mel.js'
import type { MelConvention } from '../../../src/protocol/messages.js'

const { alignment: _, ...convention } = melPresets['nvidia-22k']

/** What the page's mel is, as the server wants it told. */
export const melConvention: MelConvention = convention
