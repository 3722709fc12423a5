import { Resampler } from '../../src/audio/resample.js'
import { headerFormat, wavHeader } from '../../src/audio/wav/encoding.js'
import { OPEN_SIZE } from '../../src/audio/wav/format.js'
import { samplesToPcm } from '../../src/protocol/messages.js'
import type { SpeechEncoder } from './encoder.js'
import { flacEncoder } from './flac-encoder.js'
import { mp3Encoder } from './mp3-encoder.js'
import { opusEncoder } from './opus-encoder.js'

interface SpeechFormat {
  readonly contentType: string
  /** @param sampleRate of the samples, Hz */
  encoder(sampleRate: number): SpeechEncoder | Promise<SpeechEncoder>
}

/** Of OpenAI's bare samples, which tell no rate: clients know it. */
const pcmRate = 24_000

export const speechFormats = {
  mp3: { contentType: 'audio/mpeg', encoder: mp3Encoder },
  opus: { contentType: 'audio/ogg;codecs=opus', encoder: opusEncoder },
  wav: { contentType: 'audio/wav', encoder: wavEncoder },
  pcm: { contentType: `audio/pcm;rate=${pcmRate};channels=1;encoding=s16le`, encoder: pcmEncoder },
  flac: { contentType: 'audio/flac', encoder: flacEncoder },
} as const satisfies Record<string, SpeechFormat>
export type SpeechFormatName = keyof typeof speechFormats

/** @param onFirst called before the first bytes are given */
export async function* encoded(
  audio: AsyncIterable<Float32Array>,
  encoder: SpeechEncoder,
  onFirst: () => void,
): AsyncGenerator<Uint8Array> {
  let isFirst = true
  try {
    for await (const samples of audio) {
      const bytes = encoder.push(samples)
      if (bytes.length === 0) continue
      if (isFirst) onFirst()
      isFirst = false
      yield bytes
    }
    const rest = encoder.flush()
    if (rest.length > 0) yield rest
  } finally {
    encoder.close?.()
  }
}

/** 16 bits; the sizes stay open, as the header comes first. */
function wavEncoder(sampleRate: number): SpeechEncoder {
  let header = wavHeader(headerFormat(sampleRate, 1, 'int16'), OPEN_SIZE)
  const withHeader = (bytes: Uint8Array) => {
    const all = Buffer.concat([header, bytes])
    header = new Uint8Array(0)
    return all
  }
  return {
    push: (samples) => withHeader(samplesToPcm(samples, 's16le')),
    flush: () => withHeader(new Uint8Array(0)),
  }
}

function pcmEncoder(sampleRate: number): SpeechEncoder {
  const resampler = new Resampler(sampleRate, pcmRate)
  return {
    push: (samples) => samplesToPcm(resampler.push(samples), 's16le'),
    flush: () => samplesToPcm(resampler.flush(), 's16le'),
  }
}
