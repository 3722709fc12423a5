import { readFile } from 'node:fs/promises'
import { toMono } from '../audio/audio-file.js'
import { openAudioSource } from '../audio/audio-source.js'
import { requireFinite } from '../audio/finite.js'
import type { Frames } from '../audio/frames.js'
import type { MelScaleCheck } from '../audio/mel/scale-check.js'
import { MelAnalyzer, type MelConfig } from '../audio/mel.js'
import { Resampler } from '../audio/resample.js'
import { openWavWriter } from '../audio/wav-writer.js'
import { GlowcastError } from '../errors.js'
import { f0FromFile, type MelAxes, melFromNpy } from '../mel-input.js'
import { loadModel } from '../models/load-model.js'
import { type SynthesisOptions, Vocoder } from '../vocoder.js'
import { engineFrom, type SynthesisCliOptions, synthesisOptions } from './options.js'
import { peakMemoryMb } from './peak-memory.js'
import { roundFigures } from './print.js'
import { createProgress } from './progress.js'

export interface VocodeOptions extends SynthesisCliOptions {
  readonly mel?: string
  readonly axes?: MelAxes
  readonly melScaleCheck?: MelScaleCheck
  readonly f0?: string
  readonly melDetail?: boolean
  readonly json?: boolean
}

/** `glowcast vocode`: a recording's mel, or a given one, to a WAV file. */
export async function vocode(files: readonly string[], options: VocodeOptions): Promise<void> {
  const [input, output] = options.mel === undefined ? files : [undefined, files[0]]
  if (output === undefined || (options.mel !== undefined && files.length > 1)) {
    throw new GlowcastError(
      'INVALID_ARGUMENT',
      'arguments',
      files.join(' ') || 'none',
      'IN OUT, or --mel FILE OUT',
    )
  }
  if (options.f0 !== undefined && options.mel === undefined) {
    throw new GlowcastError(
      'INVALID_ARGUMENT',
      '--f0',
      'an F0 file without --mel',
      'both: one value a mel frame',
    )
  }
  const started = performance.now()
  const { config, weights } = await loadModel(options.model)
  const engine = await engineFrom(options)
  const vocoder = await Vocoder.create(engine, config, weights)
  const { sampleRate, hopLength } = vocoder.mel
  const source = await openSource(input, options, vocoder.mel)
  const synthesis: SynthesisOptions = {
    ...synthesisOptions(options),
    // A given mel is checked as a whole when it is read, and names its file.
    melScaleCheck: 'off',
    ...(source.f0Hz === undefined ? {} : { f0Hz: source.f0Hz }),
    ...(options.melDetail === undefined ? {} : { melDetail: options.melDetail }),
  }
  const progress = createProgress({ label: 'vocode', total: Math.ceil(source.seconds), unit: 's of audio' })
  const loaded = performance.now()
  let samples = 0
  let firstSampleMs: number | undefined
  const writer = await openWavWriter(output, sampleRate, 'int16')
  try {
    for await (const waveform of vocoder.stream(source.mel, synthesis)) {
      firstSampleMs ??= performance.now() - started
      await writer.write(waveform)
      samples += waveform.length
      progress.update(Math.floor(samples / sampleRate))
    }
  } finally {
    progress.finish()
    await writer.close()
    await vocoder.dispose()
  }
  const seconds = samples / sampleRate
  const computeSeconds = (performance.now() - loaded) / 1000
  const figures = roundFigures({
    output,
    engine: engine.description,
    frames: samples / hopLength,
    samples,
    seconds,
    realTimeFactor: seconds === 0 ? 0 : computeSeconds / seconds,
    startToFirstSampleMs: firstSampleMs ?? 0,
    peakMemoryMb: peakMemoryMb(),
  })
  if (options.json === true) console.log(JSON.stringify(figures))
  else {
    console.log(`${output}: ${seconds.toFixed(2)} s at ${sampleRate} Hz, RTF ${figures['realTimeFactor']}`)
  }
}

interface MelSource {
  readonly mel: AsyncIterable<Frames> | Iterable<Frames>
  readonly seconds: number
  readonly f0Hz?: Float32Array
}

async function openSource(
  input: string | undefined,
  options: VocodeOptions,
  mel: MelConfig,
): Promise<MelSource> {
  if (input === undefined) {
    const path = options.mel!
    const frames = melFromNpy(await readInput(path), mel, path, options.axes, options.melScaleCheck)
    const seconds = (frames.frames * mel.hopLength) / mel.sampleRate
    const source: MelSource = { mel: [frames], seconds }
    if (options.f0 === undefined) return source
    return { ...source, f0Hz: f0FromFile(await readInput(options.f0), frames.frames, options.f0) }
  }
  const source = await openAudioSource(input)
  return {
    mel: melOf(source.blocks(), source.sampleRate, mel, input),
    seconds: source.samples / source.sampleRate,
  }
}

async function readInput(path: string): Promise<Uint8Array> {
  return readFile(path).catch((error: Error) => {
    throw new GlowcastError('IO', path, error.message, 'a file that can be read', { cause: error })
  })
}

/** Mixes to mono, resamples and analyses block by block, in bounded memory. */
async function* melOf(
  blocks: AsyncIterable<Float32Array[]>,
  sampleRate: number,
  mel: MelConfig,
  field: string,
): AsyncGenerator<Frames> {
  const resampler = new Resampler(sampleRate, mel.sampleRate)
  const analyzer = new MelAnalyzer(mel)
  let samples = 0
  for await (const channels of blocks) {
    const mono = mixed(channels, sampleRate, field)
    samples += mono.length
    yield analyzer.push(resampler.push(mono))
  }
  if (samples === 0) throw new GlowcastError('INVALID_AUDIO', field, 'no samples', 'at least one')
  yield analyzer.push(resampler.flush())
  yield analyzer.flush()
}

function mixed(channels: Float32Array[], sampleRate: number, field: string): Float32Array {
  const mono = toMono({ sampleRate, channels })
  requireFinite(mono, 0, field)
  return mono
}
