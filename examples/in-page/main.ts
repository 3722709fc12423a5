import { Vocoder } from 'glowcast/web'
import { wireLive } from './live.js'
import { button, element, input, say, saying } from './page.js'
import { wireScoring } from './scoring.js'
import { wireVoice } from './voice.js'

await saying('status', async () => {
  const begun = performance.now()
  const vocoder = await Vocoder.load('./model', {
    progress: ({ loaded, total }) => {
      element('progress', HTMLProgressElement).value = loaded / total
      say('status', `Loading: ${(loaded / 1e6).toFixed(1)} of ${(total / 1e6).toFixed(1)} MB`)
    },
  })
  wireVoice(vocoder)
  wireLive(vocoder)
  wireScoring(vocoder)
  for (const id of ['clip', 'speak', 'live-clip', 'score-clip']) button(id).disabled = false
  for (const id of ['speech', 'recording']) input(id).disabled = false
  element('progress', HTMLProgressElement).hidden = true
  const seconds = ((performance.now() - begun) / 1000).toFixed(1)
  const stored = vocoder.isStored ? 'stored for the next visit' : 'not stored: this browser refuses'
  say('status', `Ready after ${seconds} s, ${stored}. ${vocoder.engine}`)
})

// Without it the page needs a network at each visit; all else is as before.
await navigator.serviceWorker?.register('./service-worker.js').catch(() => undefined)
