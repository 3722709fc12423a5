import { clips } from './clips.js'
import type { VoiceSettings } from './take.js'

/** What a link to the page carries behind its `#`: a clip and how its voice is changed. */
export interface SharedSettings {
  readonly clip?: string
  readonly voice: VoiceSettings
}

const defaultSeed = 1

/** Settings that are the page's own are left out, and so is all that is no one else's business, as a token is. */
export function toHash({ clip, voice }: SharedSettings): string {
  const parameters = new URLSearchParams()
  if (clip !== undefined) parameters.set('clip', clip)
  if (voice.pitchSemitones !== undefined) parameters.set('pitch', `${voice.pitchSemitones}`)
  if (voice.temperature !== undefined) parameters.set('temperature', `${voice.temperature}`)
  if (voice.seed !== defaultSeed) parameters.set('seed', `${voice.seed}`)
  const text = parameters.toString()
  return text === '' ? '' : `#${text}`
}

/** Reads what `toHash` wrote, or a person: what is out of range, or no number, is left out. */
export function fromHash(hash: string): SharedSettings {
  const parameters = new URLSearchParams(hash.replace(/^#/, ''))
  const number = (name: string, least: number, most: number) => {
    const text = parameters.get(name) ?? ''
    const value = Number(text)
    return text.trim() !== '' && value >= least && value <= most ? value : undefined
  }
  const clip = clips.find(({ id }) => id === parameters.get('clip'))?.id
  const pitchSemitones = number('pitch', -12, 12)
  const temperature = number('temperature', 0, 1.5)
  const seed = number('seed', 0, 2 ** 32 - 1)
  return {
    ...(clip === undefined ? {} : { clip }),
    voice: {
      seed: seed !== undefined && Number.isInteger(seed) ? seed : defaultSeed,
      ...(pitchSemitones === undefined || pitchSemitones === 0
        ? {}
        : { pitchSemitones: Math.round(pitchSemitones) }),
      ...(temperature === undefined ? {} : { temperature }),
    },
  }
}
