import { ScorePanel } from './scoring/panel.js'
import { wireScorePanel } from './scoring/wire-panel.js'
import { wireSeek } from './scoring/wire-seek.js'
import { setBearerToken } from './shared/access.js'
import { access, page, setText, voiceInputs } from './shared/page.js'
import { Shared } from './shared/shared.js'
import { wireDrop } from './shared/wire-drop.js'
import { Speech } from './text/speech.js'
import { wireTextBox } from './text/wire-text-box.js'
import { ClipCards } from './vocoder/clip-cards.js'
import { clips } from './vocoder/clips.js'
import { setVoice, voiceSettings, wireControls } from './vocoder/controls.js'
import { clipSource, Demo, fileSource } from './vocoder/demo.js'
import { type Keyed, wireKeys } from './vocoder/keys.js'
import { fromHash, toHash } from './vocoder/share-link.js'

const shared = new Shared()
let file: File | undefined
const cards: ClipCards = new ClipCards((id) => {
  const clip = clips.find((each) => each.id === id)
  speaking(() => {
    if (clip !== undefined) void demo.tap(clipSource(clip))
    else if (file !== undefined) void demo.tap(fileSource(file))
  })
})
const demo = new Demo(shared, cards)
const scorePanel = new ScorePanel(shared)
const textBox = wireTextBox(new Speech(shared), () => {
  active = keyed.text
  void demo.stop()
  void scorePanel.stop()
})

const keyed = {
  speak: { playOrPause: () => demo.playOrPause(), stop: () => void demo.stop() },
  score: { playOrPause: () => scorePanel.playOrPause(), stop: () => void scorePanel.stop() },
  text: { playOrPause: () => textBox.stop(), stop: () => textBox.stop() },
} satisfies Record<string, Keyed>
/** The part of the page that was used last: the space bar is its. */
let active: Keyed = keyed.speak

function speaking(action: () => void): void {
  active = keyed.speak
  scorePanel.stopMicrophone()
  textBox.stop()
  action()
  showLink()
}

function scoring(): void {
  active = keyed.score
  demo.stopMicrophone()
  textBox.stop()
}

function speakFile(chosen: File): void {
  file = chosen
  cards.showFile(chosen.name)
  speaking(() => void demo.speak(fileSource(chosen)))
}

/** The address is the link to what is shown. */
function showLink(): void {
  const { clipId } = demo
  const hash = toHash({ ...(clipId === undefined ? {} : { clip: clipId }), voice: voiceSettings() })
  history.replaceState(null, '', `${location.pathname}${location.search}${hash}`)
  setText(page.shareNote, '')
}

async function copyLink(): Promise<void> {
  showLink()
  try {
    await navigator.clipboard.writeText(location.href)
    setText(page.shareNote, 'Link copied')
  } catch {
    // Pages that are not secure have no clipboard.
    setText(page.shareNote, 'Copy the link from the address bar')
  }
}

function setVolume(): void {
  const isMuted = page.mute.ariaPressed === 'true'
  shared.setVolume(isMuted ? 0 : page.volume.valueAsNumber)
}

page.chooseFile.addEventListener('click', () => page.file.click())
page.file.addEventListener('change', () => {
  const chosen = page.file.files?.[0]
  if (chosen !== undefined) speakFile(chosen)
  page.file.value = ''
})
page.speak.addEventListener('click', () => {
  if (demo.isListening) demo.stopMicrophone()
  else speaking(() => void demo.listen())
})
page.play.addEventListener('click', () => speaking(() => demo.playOrPause()))
page.stop.addEventListener('click', () => void demo.stop())
wireSeek(page.seek, [page.original, page.result], (seconds) => demo.seek(seconds))
page.volume.addEventListener('input', () => {
  page.mute.ariaPressed = 'false'
  setVolume()
})
page.mute.addEventListener('click', () => {
  page.mute.ariaPressed = `${page.mute.ariaPressed !== 'true'}`
  setVolume()
})
page.match.addEventListener('change', () => demo.switchVoice())
page.download.addEventListener('click', () => void demo.download())
page.share.addEventListener('click', () => void copyLink())
for (const input of voiceInputs) input.addEventListener('change', () => demo.switchVoice())
wireControls(() => {
  showLink()
  void demo.again()
})
access.form.addEventListener('submit', (event) => {
  event.preventDefault()
  setBearerToken(access.token.value)
  access.token.value = ''
  access.form.hidden = true
  shared.reconnect()
  connect()
})

wireScorePanel(scorePanel, scoring)
wireDrop({
  speak: speakFile,
  score: (dropped) => {
    scoring()
    void scorePanel.scoreFile(dropped)
  },
})
wireKeys(() => active, Object.values(keyed))

const linked = fromHash(location.hash)
setVoice(linked.voice)
if (linked.clip !== undefined) demo.choose(linked.clip)

function connect(): void {
  void demo.connect((ready) => {
    scorePanel.describe(ready)
    void textBox.offer()
  })
}
connect()
