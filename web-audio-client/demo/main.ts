import { clips } from './clips.js'
import { wireControls } from './controls.js'
import { Demo } from './demo.js'
import { loadAudio } from './load-audio.js'
import { melConvention } from './mel-convention.js'
import { page, voiceInputs } from './page.js'

const demo = new Demo()

for (const clip of clips) {
  const button = document.createElement('button')
  button.type = 'button'
  const title = document.createElement('strong')
  title.textContent = clip.title
  const voice = document.createElement('span')
  voice.textContent = clip.voice
  button.append(title, voice)
  button.ariaPressed = 'false'
  button.addEventListener('click', () => void demo.speakClip(clip))
  const item = document.createElement('li')
  item.append(button)
  page.clips.append(item)
}

function speakFile(file: File | undefined): void {
  if (file !== undefined)
    void demo.speak(file.name, async () => loadAudio(await file.arrayBuffer(), melConvention.sampleRate))
}

page.chooseFile.addEventListener('click', () => page.file.click())
page.file.addEventListener('change', () => {
  speakFile(page.file.files?.[0])
  page.file.value = ''
})
page.speak.addEventListener('click', () => {
  if (demo.isListening) demo.stopMicrophone()
  else void demo.listen()
})
page.play.addEventListener('click', () => void demo.playOrStop())
for (const input of voiceInputs) input.addEventListener('change', () => void demo.switchVoice())
wireControls(() => void demo.again())

document.addEventListener('dragover', (event) => {
  event.preventDefault()
  page.drop.hidden = false
})
document.addEventListener('dragleave', (event) => {
  if (event.relatedTarget === null) page.drop.hidden = true
})
document.addEventListener('drop', (event) => {
  event.preventDefault()
  page.drop.hidden = true
  speakFile(event.dataTransfer?.files[0])
})

void demo.connect()
