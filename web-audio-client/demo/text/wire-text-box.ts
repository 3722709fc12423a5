import { failureText } from '../shared/failure-text.js'
import { element, setText } from '../shared/page.js'
import type { Speech } from './speech.js'

const box = {
  section: element('text', HTMLElement),
  form: element('text-form', HTMLFormElement),
  input: element('text-input', HTMLTextAreaElement),
  voice: element('text-voice', HTMLSelectElement),
  voiceLabel: element('text-voice-label', HTMLLabelElement),
  stop: element('text-stop', HTMLButtonElement),
  note: element('text-note', HTMLElement),
}

export interface TextBox {
  /** Shows the box where the server has an acoustic model. */
  offer(): Promise<void>
  stop(): void
}

/** The box for a text. @param before what is to be silent before it is said */
export function wireTextBox(speech: Speech, before: () => void): TextBox {
  let turn = 0
  const say = async () => {
    const own = ++turn
    before()
    box.stop.disabled = false
    setText(box.note, 'Speaking')
    const note = await speech.say(box.input.value, box.voice.value).then(
      () => '',
      (error: unknown) => failureText(error, false),
    )
    if (own !== turn) return
    box.stop.disabled = true
    setText(box.note, note)
  }
  const stop = () => {
    turn += 1
    speech.stop()
    box.stop.disabled = true
    setText(box.note, '')
  }
  box.form.addEventListener('submit', (event) => {
    event.preventDefault()
    void say()
  })
  box.stop.addEventListener('click', stop)
  return {
    stop,
    async offer() {
      const voices = await speech.voices().catch(() => [])
      box.voice.replaceChildren(...voices.map((voice) => new Option(voice)))
      const isChoice = voices.length > 1
      box.voice.hidden = !isChoice
      box.voiceLabel.hidden = !isChoice
      box.section.hidden = voices.length === 0
    },
  }
}
