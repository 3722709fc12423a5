import { AlertBox } from '../shared/alert-box.js'
import { element } from '../shared/page.js'

/** The elements of the scoring panel. */
export const scorePage = {
  calibration: element('score-calibration', HTMLElement),
  clip: element('score-clip', HTMLSelectElement),
  samples: element('score-samples', HTMLElement),
  chooseFile: element('score-choose', HTMLButtonElement),
  file: element('score-file', HTMLInputElement),
  microphone: element('score-microphone', HTMLButtonElement),
  rate: element('score-rate', HTMLSelectElement),
  groupField: element('score-group-field', HTMLElement),
  group: element('score-group', HTMLSelectElement),
  note: element('score-note', HTMLElement),
  spectrogram: element('score-spectrogram', HTMLCanvasElement),
  map: element('score-map', HTMLCanvasElement),
  scale: element('score-scale', HTMLElement),
  strip: element('score-strip', HTMLCanvasElement),
  play: element('score-play', HTMLButtonElement),
  stop: element('score-stop', HTMLButtonElement),
  seek: element('score-seek', HTMLInputElement),
  download: element('score-download', HTMLButtonElement),
  position: element('score-position', HTMLElement),
  duration: element('score-duration', HTMLElement),
  verdict: element('score-verdict', HTMLElement),
  sign: element('score-sign', HTMLElement),
  decision: element('score-decision', HTMLElement),
  about: element('score-about', HTMLElement),
  pValue: element('score-p', HTMLElement),
  pNote: element('score-p-note', HTMLElement),
  bits: element('score-bits', HTMLElement),
  behindName: element('score-behind-name', HTMLElement),
  behind: element('score-behind', HTMLElement),
  behindNote: element('score-behind-note', HTMLElement),
  drift: element('score-drift', HTMLElement),
  driftMeter: element('score-drift-meter', HTMLMeterElement),
  driftNote: element('score-drift-note', HTMLElement),
  marked: element('score-marked', HTMLElement),
  anomalies: element('score-anomalies', HTMLOListElement),
  warnings: element('score-warnings', HTMLUListElement),
}

export const scoreAlert = new AlertBox(
  element('score-alert', HTMLElement),
  element('score-alert-text', HTMLElement),
  element('score-retry', HTMLButtonElement),
)
