import { page } from '../shared/page.js'
import type { VoiceSettings } from './take.js'

let temperatureTouched = false

/** What the visitor asked for; an untouched temperature is left to the model. */
export function voiceSettings(): VoiceSettings {
  const seed = Math.floor(page.seed.valueAsNumber)
  const pitchSemitones = page.pitch.valueAsNumber
  return {
    seed: Number.isSafeInteger(seed) && seed >= 0 ? seed : 1,
    ...(temperatureTouched ? { temperature: page.temperature.valueAsNumber } : {}),
    ...(pitchSemitones === 0 ? {} : { pitchSemitones }),
  }
}

/** Takes settings from elsewhere, as of a link. */
export function setVoice({ seed, pitchSemitones = 0, temperature }: VoiceSettings): void {
  page.seed.valueAsNumber = seed
  page.pitch.valueAsNumber = pitchSemitones
  temperatureTouched = temperature !== undefined
  if (temperature !== undefined) page.temperature.valueAsNumber = temperature
  show()
}

/** @param onChange called when the visitor has settled on other settings */
export function wireControls(onChange: () => void): void {
  page.temperature.addEventListener('input', () => {
    temperatureTouched = true
    show()
  })
  page.pitch.addEventListener('input', show)
  for (const input of [page.temperature, page.pitch, page.seed]) input.addEventListener('change', onChange)
  page.reset.addEventListener('click', () => {
    temperatureTouched = false
    for (const input of [page.temperature, page.pitch, page.seed]) input.value = input.defaultValue
    show()
    onChange()
  })
  show()
}

function show(): void {
  const semitones = page.pitch.valueAsNumber
  const sign = semitones > 0 ? '+' : '−'
  const many = Math.abs(semitones) === 1 ? 'semitone' : 'semitones'
  page.pitchValue.value = semitones === 0 ? 'as spoken' : `${sign}${Math.abs(semitones)} ${many}`
  page.pitch.ariaValueText = page.pitchValue.value
  page.temperatureValue.value = temperatureTouched
    ? page.temperature.valueAsNumber.toFixed(2)
    : 'the model’s own'
  page.temperature.ariaValueText = page.temperatureValue.value
}
