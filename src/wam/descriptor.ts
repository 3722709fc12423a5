import type { WamDescriptor } from '@webaudiomodules/api'

/** Of the plug-in, and of its processor in the audio thread. */
export const identifier = 'org.glowcast.voice'

/** @param version of this package */
export function descriptorOf(version: string): WamDescriptor {
  return {
    identifier,
    name: 'Glowcast voice',
    vendor: 'Glowcast',
    description:
      'Rebuilds a voice with a normalizing flow: another pitch, a whisper, or the notes that you play, in harmony',
    version,
    apiVersion: '2.0.0-alpha.6',
    thumbnail: '',
    keywords: ['effect', 'voice', 'vocoder', 'harmonizer', 'pitch', 'neural'],
    isInstrument: false,
    website: '',
    hasAudioInput: true,
    hasAudioOutput: true,
    hasAutomationInput: true,
    hasAutomationOutput: false,
    hasMidiInput: true,
    hasMidiOutput: false,
    hasMpeInput: false,
    hasMpeOutput: false,
    hasOscInput: false,
    hasOscOutput: false,
    hasSysexInput: false,
    hasSysexOutput: false,
  }
}
