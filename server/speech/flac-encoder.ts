import type libFlac from 'libflacjs'
import { engineFailed } from '../../src/errors.js'
import type { SpeechEncoder } from './encoder.js'

/** Of 0 to 8: the default of the reference encoder. */
const compression = 5
const fullScale = 32_768

/** FLAC of 16 bits whose length is open, as its header comes first. */
export async function flacEncoder(sampleRate: number): Promise<SpeechEncoder> {
  const flac = await readyFlac()
  const parts: Uint8Array[] = []
  const encoder = flac.create_libflac_encoder(sampleRate, 1, 16, compression, 0, false, 0)
  const status =
    encoder === 0
      ? 'no encoder'
      : flac.init_encoder_stream(encoder, (bytes) => {
          // Its own memory is written over.
          parts.push(bytes.slice())
        })
  if (status !== 0) throw engineFailed('FLAC', `${status}`, 'an encoder')
  let isOpen = true
  const made = () => Buffer.concat(parts.splice(0))
  const close = () => {
    if (isOpen) flac.FLAC__stream_encoder_delete(encoder)
    isOpen = false
  }
  return {
    push(samples) {
      const integers = Int32Array.from(samples, (sample) =>
        Math.max(-fullScale, Math.min(fullScale - 1, Math.round(sample * fullScale))),
      )
      if (!flac.FLAC__stream_encoder_process_interleaved(encoder, integers, integers.length)) {
        throw engineFailed('FLAC', 'samples that are not encoded', 'FLAC')
      }
      return made()
    },
    flush() {
      flac.FLAC__stream_encoder_finish(encoder)
      return made()
    },
    close,
  }
}

let ready: Promise<libFlac.Flac> | undefined
/** Loaded with the first text that is to be FLAC. */
const readyFlac = () => (ready ??= loadFlac())

async function loadFlac(): Promise<libFlac.Flac> {
  const { default: load } = await import('libflacjs')
  // Of its builds the one of JavaScript: that of WebAssembly reads its file with fetch, which Node refuses.
  const flac = load('min')
  if (!flac.isReady()) await new Promise((resolve) => flac.on('ready', resolve))
  return flac
}
