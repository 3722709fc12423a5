import { AlertBox } from './alert-box.js'

/** The page's elements, by id; their absence is a mistake of ours. */
export function element<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id)
  if (!(found instanceof type)) throw new Error(`#${id}: expected a ${type.name}`)
  return found
}

export const page = {
  status: element('status', HTMLElement),
  clips: element('clips', HTMLUListElement),
  chooseFile: element('choose-file', HTMLButtonElement),
  file: element('file', HTMLInputElement),
  speak: element('speak', HTMLButtonElement),
  live: element('live', HTMLInputElement),
  original: element('original', HTMLCanvasElement),
  originalNote: element('original-note', HTMLElement),
  result: element('result', HTMLCanvasElement),
  resultNote: element('result-note', HTMLElement),
  play: element('play', HTMLButtonElement),
  stop: element('stop', HTMLButtonElement),
  seek: element('seek', HTMLInputElement),
  volume: element('volume', HTMLInputElement),
  mute: element('mute', HTMLButtonElement),
  match: element('match', HTMLInputElement),
  download: element('download', HTMLButtonElement),
  share: element('share', HTMLButtonElement),
  shareNote: element('share-note', HTMLElement),
  position: element('position', HTMLElement),
  duration: element('duration', HTMLElement),
  firstSound: element('first-sound', HTMLElement),
  firstSoundNote: element('first-sound-note', HTMLElement),
  buffered: element('buffered', HTMLElement),
  bufferedNote: element('buffered-note', HTMLElement),
  underruns: element('underruns', HTMLElement),
  rtf: element('rtf', HTMLElement),
  traffic: element('traffic', HTMLElement),
  pitch: element('pitch', HTMLInputElement),
  pitchValue: element('pitch-value', HTMLOutputElement),
  temperature: element('temperature', HTMLInputElement),
  temperatureValue: element('temperature-value', HTMLOutputElement),
  seed: element('seed', HTMLInputElement),
  reset: element('reset', HTMLButtonElement),
  drop: element('drop', HTMLElement),
}

export const alertBox = new AlertBox(
  element('alert', HTMLElement),
  element('alert-text', HTMLElement),
  element('retry', HTMLButtonElement),
)

/** Asked for where the server wants a token. */
export const access = {
  form: element('access', HTMLFormElement),
  token: element('token', HTMLInputElement),
}

export type Voice = 'original' | 'result'

export const voiceInputs = [...document.querySelectorAll<HTMLInputElement>('input[name="voice"]')]

export function chosenVoice(): Voice {
  return voiceInputs.find(({ checked }) => checked)?.value === 'original' ? 'original' : 'result'
}

export function chooseVoice(voice: Voice): void {
  for (const input of voiceInputs) input.checked = input.value === voice
}

/** Sets text where it differs, so that nothing is announced twice. */
export function setText(target: HTMLElement, text: string): void {
  if (target.textContent !== text) target.textContent = text
}

/** Where a player is, and how much there is; what has no end yet cannot be sought in. */
export function showPlace(
  { position, duration, seek }: Record<'position' | 'duration', HTMLElement> & { seek: HTMLInputElement },
  at: number,
  seconds: number,
  isLive: boolean,
): void {
  setText(position, at.toFixed(1))
  setText(duration, seconds.toFixed(1))
  seek.disabled = isLive
  seek.max = `${seconds}`
  seek.value = `${at}`
  seek.ariaValueText = `${at.toFixed(1)} of ${seconds.toFixed(1)} seconds`
}
