import { defaultMel, melPresets as presets } from '../src/audio/mel/mel-config.js'
import type { MelConvention } from '../src/protocol/messages.js'

const { alignment: _, ...convention } = presets[defaultMel]

/**
 * Mel conventions by name, for `open`. `nvidia-22k`: that of NVIDIA's Tacotron 2 and WaveGlow and of HiFi-GAN, which most
 * open TTS models speak.
 */
export const melPresets = { [defaultMel]: convention } as const satisfies Record<string, MelConvention>
