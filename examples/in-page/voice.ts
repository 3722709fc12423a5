import type { PcmChunk } from 'glowcast/client'
import type { Vocoder } from 'glowcast/web'
import { logMel } from 'glowcast/web/mel'
import { button, clip, input, say, saying } from './page.js'
import { samplesOf, sound } from './sound.js'

/** Mel frames that go to the worker at once: a fifth of a second. */
const framesAtOnce = 16

/** Samples as the worker makes them; `done` is told how long the worker took for all of it. */
async function* rebuilt(
  vocoder: Vocoder,
  waveform: Float32Array,
  done: (seconds: number, ms: number) => void,
): AsyncGenerator<PcmChunk> {
  const { mel } = vocoder
  const { data, frames, channels } = logMel(waveform, mel)
  function* parts() {
    for (let from = 0; from < frames; from += framesAtOnce) {
      const count = Math.min(framesAtOnce, frames - from)
      yield { data: data.subarray(from * channels, (from + count) * channels), frames: count, channels }
    }
  }
  const options = { pitchSemitones: input('pitch').valueAsNumber, melScaleCheck: 'off' } as const
  const { sampleRate } = mel
  const stream = vocoder.stream(parts(), options)
  let position = 0
  let ms = 0
  try {
    for (;;) {
      // What the player waits until there is room is not counted.
      const asked = performance.now()
      const { done: isDone, value: samples } = await stream.next()
      ms += performance.now() - asked
      if (isDone) break
      const last = position + samples.length === frames * mel.hopLength
      yield { samples, sampleRate, position, last, receivedAtMs: performance.now() }
      position += samples.length
    }
    done(position / sampleRate, ms)
  } finally {
    await stream.return(undefined)
  }
}

async function rebuild(vocoder: Vocoder, file: Blob): Promise<void> {
  say('voice', 'Rebuilding')
  const { player } = await sound()
  const waveform = await samplesOf(file, vocoder.mel.sampleRate)
  button('stop').disabled = false
  await player.play(
    rebuilt(vocoder, waveform, (seconds, ms) => {
      say('voice', `Rebuilt ${seconds.toFixed(1)} s at ${((1000 * seconds) / ms).toFixed(1)} times real time`)
    }),
  )
  button('stop').disabled = true
}

export function wireVoice(vocoder: Vocoder): void {
  const pitch = input('pitch')
  pitch.addEventListener('input', () => {
    const semitones = pitch.valueAsNumber
    say('pitch-value', semitones === 0 ? 'as spoken' : `${semitones} semitones`)
  })
  button('clip').addEventListener('click', () => saying('voice', async () => rebuild(vocoder, await clip())))
  input('speech').addEventListener('change', () => {
    const [file] = input('speech').files ?? []
    if (file !== undefined) void saying('voice', () => rebuild(vocoder, file))
  })
  button('stop').addEventListener('click', async () => (await sound()).player.stop())
}
