import type { Frames } from '../../audio/buffers/frames.js'
import { openAudioSource } from '../../audio/files/audio-source.js'
import { toMono } from '../../audio/files/channels.js'
import type { MelDescription } from '../../audio/mel/conventions/description.js'
import { hasTimesOf } from '../../audio/mel/conventions/frame-times.js'
import { readMelConvention } from '../../audio/mel/conventions/read.js'
import { f0FromFile, type MelAxes, melFromNpy } from '../../audio/mel/load-mel.js'
import { MelAnalyzer, type MelConfig } from '../../audio/mel/mel.js'
import type { MelScaleCheck } from '../../audio/mel/scale-check.js'
import { Resampler } from '../../audio/resample.js'
import { invalidArgument, invalidAudio } from '../../errors.js'
import type { ByteInput } from '../../io/byte-file.js'
import { readWhole } from '../../io/input.js'
import { assertEnding } from '../../io/output.js'
import { withPiped } from '../../io/piped.js'
import { assertOtherFile } from '../../io/same-file.js'
import { filesOfModel } from '../../models/files/model-folder.js'
import { loadModel } from '../../models/load-model.js'
import { type SynthesisOptions, Vocoder } from '../../synthesis/vocoder.js'
import { engineFrom, type SynthesisCliOptions, synthesisOptions } from '../options.js'
import { assertFile } from '../program/assert-file.js'
import { needs } from '../program/wrong-options.js'
import type { CliIo } from '../terminal/io.js'
import { warned } from '../terminal/warned.js'
import { writeWaveform } from './write-waveform.js'

export interface VocodeOptions extends SynthesisCliOptions {
  readonly mel?: string
  readonly axes?: MelAxes
  readonly melScaleCheck?: MelScaleCheck
  readonly melConvention?: string
  readonly f0?: string
  readonly melDetail?: boolean
  readonly json?: boolean
}

/** `glowcast vocode`: a recording's mel, or a given one, to a WAV file. */
export async function vocode(
  files: readonly string[],
  options: VocodeOptions,
  io: CliIo = process,
): Promise<void> {
  const { input, output } = await pathsOf(files, options)
  const started = performance.now()
  const { config, weights } = await loadModel(options.model)
  const engine = await engineFrom(options)
  const vocoder = await Vocoder.create(engine, config, weights)
  try {
    const work = async (piped: ByteInput | undefined) => {
      const source = await openSource(piped, options, vocoder.mel, io)
      const synthesis: SynthesisOptions = {
        ...synthesisOptions(options),
        // A given mel is checked as a whole when it is read, and names its file.
        melScaleCheck: 'off',
        ...(source.f0Hz === undefined ? {} : { f0Hz: source.f0Hz }),
        ...(options.melDetail === undefined ? {} : { melDetail: options.melDetail }),
      }
      const { sampleRate } = vocoder.mel
      const progress = {
        label: 'vocode',
        total: Math.ceil(source.seconds),
        unit: 's of audio',
        doneAt: (samples: number) => samples / sampleRate,
      }
      const job = {
        vocoder,
        mel: source.mel,
        synthesis,
        output,
        progress,
        started,
        engine: engine.description,
      }
      return writeWaveform(job, options, io)
    }
    await (input === undefined ? work(undefined) : withPiped(input, io.stdin, (piped) => work(piped.input)))
  } finally {
    await vocoder.dispose()
  }
}

/** @throws GlowcastError INVALID_ARGUMENT */
async function pathsOf(
  files: readonly string[],
  options: VocodeOptions,
): Promise<{ input: string | undefined; output: string }> {
  const { mel, f0, model } = options
  assertTogether(options)
  const [input, output] = mel === undefined ? files : [undefined, files[0]]
  if (input !== undefined) await assertFile(input, 'vocode')
  if (output === undefined) {
    const usage = mel === undefined ? 'vocode IN OUT.wav' : 'vocode --mel FRAMES.npy OUT.wav'
    const message = `${input === undefined && mel === undefined ? 'IN and OUT are' : 'OUT is'} missing; usage: glowcast ${usage}`
    throw invalidArgument('files', files.join(' '), usage, { message })
  }
  const most = mel === undefined ? 2 : 1
  if (files.length > most) {
    const why = mel === undefined ? 'IN and OUT' : 'OUT alone, as --mel is the input'
    const message = `got ${files.length} files (${files.join(' ')}), expected ${why}`
    throw invalidArgument('files', files.join(' '), why, { message })
  }
  assertEnding(output, ['.wav', '.wave'], 'audio')
  const inputs = [input, mel, f0].filter((path) => path !== undefined)
  await assertOtherFile(output, [...inputs, ...filesOfModel(model)])
  return { input, output }
}

/** Options that would do nothing alone. @throws GlowcastError INVALID_ARGUMENT */
function assertTogether(options: VocodeOptions): void {
  const { mel, f0, axes, melScaleCheck, melConvention, melDetail, pitch } = options
  if (mel === undefined) {
    if (f0 !== undefined) throw needs('--f0', '--mel')
    if (axes !== undefined) throw needs('--axes', '--mel')
    if (melScaleCheck !== undefined) throw needs('--mel-scale-check', '--mel')
    if (melConvention !== undefined) throw needs('--mel-convention', '--mel')
  }
  if (melDetail === true && f0 === undefined && pitch === 0) throw needs('--mel-detail', '--f0 or --pitch')
}

interface MelSource {
  readonly mel: AsyncIterable<Frames> | Iterable<Frames>
  readonly seconds: number
  readonly f0Hz?: Float32Array
}

async function openSource(
  input: ByteInput | undefined,
  options: VocodeOptions,
  mel: MelConfig,
  io: CliIo,
): Promise<MelSource> {
  if (input === undefined) {
    const path = options.mel!
    const { axes, melScaleCheck } = options
    const convention = await conventionFrom(options.melConvention, io)
    const bytes = await readWhole(path, io.stdin)
    if (convention !== undefined && options.f0 !== undefined && !hasTimesOf(convention, mel)) {
      throw invalidArgument(
        'f0',
        options.f0,
        'none beside a `melConvention` of other frames than the model has',
      )
    }
    const frames = melFromNpy(bytes, mel, path, axes, melScaleCheck, convention)
    const seconds = (frames.frames * mel.hopLength) / mel.sampleRate
    const source: MelSource = { mel: [frames], seconds }
    if (options.f0 === undefined) return source
    return { ...source, f0Hz: f0FromFile(await readWhole(options.f0, io.stdin), frames.frames, options.f0) }
  }
  const source = warned(await openAudioSource(input), input.name, io)
  return {
    mel: melOf(source.blocks(), source.sampleRate, mel, input.name),
    seconds: source.samples / source.sampleRate,
  }
}

/** A convention by its name, or described by a file. @throws GlowcastError INVALID_ARGUMENT, IO */
async function conventionFrom(text: string | undefined, io: CliIo): Promise<MelDescription | undefined> {
  if (text === undefined) return undefined
  if (!text.endsWith('.json')) return readMelConvention(text)
  return readMelConvention(new TextDecoder().decode(await readWhole(text, io.stdin)), text)
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
    const mono = toMono({ channels })
    samples += mono.length
    yield analyzer.push(resampler.push(mono))
  }
  if (samples === 0) throw invalidAudio(field, 'no samples', 'at least one')
  yield analyzer.push(resampler.flush())
  yield analyzer.flush()
}
