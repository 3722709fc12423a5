// The smallest host of the plug-in, without a bundler: serve this repository, built, on localhost or over https.
// `initializeWamHost` of `@webaudiomodules/sdk` does what the worklet here does, by `blob:`.
import plugin from '../../dist/src/wam/bundle/index.js'

const button = (id) => document.getElementById(id)
const say = (text) => {
  document.getElementById('status').textContent = text
}

async function openPlugin(context) {
  await context.audioWorklet.addModule('./host-worklet.js')
  const kept = JSON.parse(localStorage.getItem('voice') ?? 'null')
  return plugin.createInstance('host', context, kept)
}

async function openMidi(play) {
  if (navigator.requestMIDIAccess === undefined) {
    say(
      'This browser has no Web MIDI (Safari and WebKitGTK have none): play on the screen, or with the keys A to L.',
    )
    return
  }
  const access = await navigator.requestMIDIAccess()
  const listen = () => {
    for (const input of access.inputs.values()) input.onmidimessage = ({ data }) => play(Array.from(data))
    say(`MIDI keyboards: ${access.inputs.size}.`)
  }
  access.onstatechange = listen
  listen()
}

async function start() {
  say('Loading the voice.')
  const context = new AudioContext({ latencyHint: 'interactive' })
  const voice = await openPlugin(context)
  const audio = { echoCancellation: false, noiseSuppression: false, autoGainControl: false }
  const microphone = await navigator.mediaDevices.getUserMedia({ audio })
  context.createMediaStreamSource(microphone).connect(voice.audioNode).connect(context.destination)
  document.getElementById('gui').append(await voice.createGui())
  const samples = await voice.audioNode.getCompensationDelay()
  say(`What you say is heard ${((1000 * samples) / context.sampleRate).toFixed(0)} ms later.`)
  button('midi').disabled = false
  button('keep').disabled = false
  const play = (bytes) => voice.audioNode.scheduleEvents({ type: 'wam-midi', data: { bytes } })
  button('midi').addEventListener('click', () => openMidi(play).catch((error) => say(error.message)))
  button('keep').addEventListener('click', async () => {
    localStorage.setItem('voice', JSON.stringify(await voice.audioNode.getState()))
    say('Kept for the next visit.')
  })
}

button('start').addEventListener('click', () => {
  button('start').disabled = true
  start().catch((error) => {
    say(error.message)
    button('start').disabled = false
  })
})
