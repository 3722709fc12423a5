import { clips } from './clips.js'
import { wireControls } from './controls.js'
import { Demo } from './demo.js'
import { loadAudio } from './load-audio.js'
import { melConvention } from './mel-convention.js'
import { page, voiceInputs } from './page.js'
import { ScorePanel } from './score-panel.js'
import { Shared } from './shared.js'
import { wireDrop } from './wire-drop.js'
import { wireScorePanel } from './wire-score-panel.js'

const shared = new Shared()
const demo = new Demo(shared)
const scorePanel = new ScorePanel(shared)

for (const clip of clips) {
  const button = document.createElement('button')
  button.type = 'button'
  const title = document.createElement('strong')
  title.textContent = clip.title
  const voice = document.createElement('span')
  voice.textContent = clip.voice
  button.append(title, voice)
  button.ariaPressed = 'false'
  button.addEventListener('click', () => {
    scorePanel.stopMicrophone()
    void demo.speakClip(clip)
  })
  const item = document.createElement('li')
  item.append(button)
  page.clips.append(item)
}

function speakFile(file: File): void {
  scorePanel.stopMicrophone()
  void demo.speak(file.name, async () => loadAudio(await file.arrayBuffer(), melConvention.sampleRate))
}

page.chooseFile.addEventListener('click', () => page.file.click())
page.file.addEventListener('change', () => {
  const file = page.file.files?.[0]
  if (file !== undefined) speakFile(file)
  page.file.value = ''
})
page.speak.addEventListener('click', () => {
  if (demo.isListening) demo.stopMicrophone()
  else {
    scorePanel.stopMicrophone()
    void demo.listen()
  }
})
page.play.addEventListener('click', () => void demo.playOrStop())
for (const input of voiceInputs) input.addEventListener('change', () => void demo.switchVoice())
wireControls(() => void demo.again())

wireScorePanel(scorePanel, () => demo.stopMicrophone())
wireDrop({
  speak: speakFile,
  score: (file) => {
    demo.stopMicrophone()
    void scorePanel.scoreFile(file)
  },
})

void demo.connect((ready) => scorePanel.describe(ready))
