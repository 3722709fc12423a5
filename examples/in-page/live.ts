import { Microphone, type PcmChunk } from 'glowcast/client'
import type { PageVoice, Vocoder, VoiceControls } from 'glowcast/web'
import { playNotesOn, wireNotes } from './notes.js'
import { button, clip, input, say, saying } from './page.js'
import { samplesOf, sound } from './sound.js'

/** Samples of a file that are pushed at once. */
const blockSamples = 1024
/** How much rebuilt sound waits before it plays: a microphone is to be heard soon. An underrun fades, and raises it. */
const prebuffer = { startMs: 40, minMs: 20, maxMs: 400 }
const microphoneOptions = { echoCancellation: false, workletUrl: './player-worklet.js' }
/** Notes at once. */
const voices = 4
const showEachMs = 500
/** Blocks of a microphone that wait at most: a machine that is too slow would be later and later. */
const maxWaiting = 24

/** Blocks of a microphone, until it is closed. */
class Blocks {
  private readonly waiting: Float32Array[] = []
  private isClosed = false
  private wake: () => void = () => undefined

  push(samples: Float32Array): void {
    if (this.waiting.length === maxWaiting) this.waiting.shift()
    this.waiting.push(samples)
    this.wake()
  }

  close(): void {
    this.isClosed = true
    this.wake()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Float32Array> {
    while (!this.isClosed) {
      const next = this.waiting.shift()
      if (next !== undefined) yield next
      else {
        await new Promise<void>((resolve) => {
          this.wake = resolve
        })
      }
    }
  }
}

function controls() {
  const value = (id: string) => input(id).valueAsNumber
  return {
    pitchSemitones: value('pitchSemitones'),
    flatten: value('flatten'),
    breathiness: value('breathiness'),
    wet: value('wet'),
    whisper: input('whisper').checked,
  } satisfies Partial<VoiceControls>
}

async function* rebuilt(
  voice: PageVoice,
  blocks: AsyncIterable<Float32Array> | Iterable<Float32Array>,
): AsyncGenerator<PcmChunk> {
  const { sampleRate } = voice
  let position = 0
  for await (const block of blocks) {
    const samples = await voice.push(block)
    yield { samples, sampleRate, position, last: false, receivedAtMs: performance.now() }
    position += samples.length
  }
  const samples = await voice.flush()
  yield { samples, sampleRate, position, last: true, receivedAtMs: performance.now() }
}

function* blocksOf(waveform: Float32Array): Generator<Float32Array> {
  for (let from = 0; from < waveform.length; from += blockSamples) {
    yield waveform.subarray(from, from + blockSamples)
  }
}

/** @param begin gives what is spoken */
async function speak(
  vocoder: Vocoder,
  begin: (context: AudioContext) => Promise<AsyncIterable<Float32Array> | Iterable<Float32Array>>,
): Promise<void> {
  const { context, player } = await sound()
  const { sampleRate } = context
  const voice = await vocoder.openVoice({ sampleRate, voices })
  playNotesOn((bytes) => voice.play(bytes))
  const ms = (samples: number) => (1000 * samples) / sampleRate
  const show = () => {
    const { bufferedMs, underruns } = player.stats()
    const latency = ms(voice.latencySamples + blockSamples) + bufferedMs
    const share = (100 * voice.realTimeFactor).toFixed(0)
    say('live', `${latency.toFixed(0)} ms behind, ${share} % of a core, underruns: ${underruns}`)
  }
  const change = () => void saying('live', () => voice.set(controls()))
  const listening = new AbortController()
  for (const id of Object.keys(controls())) {
    input(id).addEventListener('input', change, { signal: listening.signal })
  }
  const timer = setInterval(show, showEachMs)
  try {
    await voice.set(controls())
    await player.play(rebuilt(voice, await begin(context)), { prebuffer })
    show()
  } finally {
    playNotesOn(() => undefined)
    clearInterval(timer)
    listening.abort()
    voice.close()
  }
}

export function wireLive(vocoder: Vocoder): void {
  wireNotes()
  const toggle = button('speak')
  let stop: (() => void) | undefined
  toggle.addEventListener('click', () => {
    if (stop !== undefined) return stop()
    const blocks = new Blocks()
    let microphone: Microphone | undefined
    stop = () => {
      microphone?.stop()
      blocks.close()
    }
    toggle.ariaPressed = 'true'
    void saying('live', () =>
      speak(vocoder, async (context) => {
        const push = (samples: Float32Array) => blocks.push(samples)
        microphone = await Microphone.open(context, microphoneOptions, push, () => stop?.())
        return blocks
      }),
    ).finally(() => {
      stop?.()
      stop = undefined
      toggle.ariaPressed = 'false'
    })
  })
  button('live-clip').addEventListener('click', () =>
    saying('live', () =>
      speak(vocoder, async ({ sampleRate }) => blocksOf(await samplesOf(await clip(), sampleRate))),
    ),
  )
}
