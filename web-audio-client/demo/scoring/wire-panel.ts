import { clips } from '../vocoder/clips.js'
import { type Damage, damages } from '../vocoder/damage.js'
import { scorePage } from './page.js'
import type { ScorePanel } from './panel.js'
import { wireSeek } from './wire-seek.js'

const sampleLabels: Readonly<Record<Damage | 'none', string>> = {
  none: 'As recorded',
  click: 'With clicks',
  dropout: 'With dropouts',
  hum: 'With hum',
}

/** @param beforehand called before the panel does something, so that the rest of the page is quiet */
export function wireScorePanel(panel: ScorePanel, beforehand: () => void): void {
  const doing = (action: () => Promise<void>) => () => {
    beforehand()
    void action()
  }
  for (const clip of clips) {
    const option = new Option(`${clip.title} (${clip.voice})`)
    option.lang = clip.lang
    scorePage.clip.append(option)
  }
  for (const kind of [undefined, ...damages]) {
    const button = document.createElement('button')
    button.type = 'button'
    button.textContent = sampleLabels[kind ?? 'none']
    button.addEventListener(
      'click',
      doing(() => panel.scoreClip(scorePage.clip.selectedIndex, kind)),
    )
    scorePage.samples.append(button)
  }
  scorePage.chooseFile.addEventListener('click', () => scorePage.file.click())
  scorePage.file.addEventListener('change', () => {
    const file = scorePage.file.files?.[0]
    scorePage.file.value = ''
    if (file !== undefined) doing(() => panel.scoreFile(file))()
  })
  scorePage.microphone.addEventListener('click', () => {
    if (panel.isListening) panel.stopMicrophone()
    else doing(() => panel.listen())()
  })
  scorePage.download.addEventListener('click', () => panel.download())
  scorePage.play.addEventListener('click', () => {
    beforehand()
    panel.playOrPause()
  })
  scorePage.stop.addEventListener('click', () => void panel.stop())
  wireSeek(scorePage.seek, [scorePage.spectrogram, scorePage.map, scorePage.strip], (seconds) =>
    panel.seek(seconds),
  )
}
