import type { VoiceControls } from '../../synthesis/voice/controls.js'
import type { Failure } from '../../threads/failure.js'

/** What the plug-in's processor is made with, besides what the SDK gives it. */
export interface ProcessorSettings {
  /** Of the voice as it was opened. */
  readonly controls: VoiceControls
  readonly blockSamples: number
  /** From the voice's answer to what is heard. */
  readonly delaySamples: number
  /** From what comes in to what goes out. */
  readonly latencySamples: number
}

/** To the processor, besides the SDK's messages: the way to the voice. */
export interface VoiceMessage {
  readonly voice: MessagePort
}

/** From the processor, besides the SDK's messages. */
export interface StatusMessage {
  readonly status: {
    readonly underruns: number
    /** Of a core, that the voice takes. */
    readonly load: number
    readonly failure?: Failure
  }
}
