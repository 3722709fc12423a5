import { glowcastWam } from './plugin.js'
import type { WamConstructor } from './web-audio-module.js'

export { createKeyboard } from './gui/keyboard.js'
export type { WamFiles, WamOptions } from './options.js'
export type { WamAudioNode, WamConstructor, WamInstance, WamVoiceEvent } from './web-audio-module.js'
export { glowcastWam }

/** The plug-in with this package's own files, as hosts load it. */
const plugin: WamConstructor = glowcastWam()
export default plugin
