import type { Frames } from '../../audio/buffers/frames.js'
import { openWavWriter } from '../../audio/wav/writer.js'
import { isStandardOutput } from '../../io/output.js'
import type { SynthesisOptions, Vocoder } from '../../synthesis/vocoder.js'
import { type CliIo, note, print } from '../terminal/io.js'
import { peakMemoryMb } from '../terminal/peak-memory.js'
import { roundFigures } from '../terminal/print.js'
import { createProgress, type ProgressOptions } from '../terminal/progress.js'

/** What a command makes audible. */
export interface WaveformJob {
  readonly vocoder: Vocoder
  readonly mel: AsyncIterable<Frames> | Iterable<Frames>
  readonly synthesis: SynthesisOptions
  /** A .wav file, or - for the standard output. */
  readonly output: string
  readonly progress: Omit<ProgressOptions, 'stream'> & {
    readonly total: number
    /** What is done once so many samples are. */
    doneAt(samples: number): number
  }
  /** When the command began, of `performance.now()`. */
  readonly started: number
  readonly engine: string
}

/** Writes mel frames as a WAV file as they are synthesised, and says what came of it. */
export async function writeWaveform(
  { vocoder, mel, synthesis, output, progress: shown, started, engine }: WaveformJob,
  options: { readonly json?: boolean },
  io: CliIo,
): Promise<void> {
  const { sampleRate, hopLength } = vocoder.mel
  const progress = createProgress({ ...shown, stream: io.stderr })
  const loaded = performance.now()
  let samples = 0
  let firstSampleMs: number | undefined
  const writer = await openWavWriter(output, sampleRate, 'int16', io.stdout)
  try {
    for await (const waveform of vocoder.stream(mel, synthesis)) {
      firstSampleMs ??= performance.now() - started
      await writer.write(waveform)
      samples += waveform.length
      progress.update(shown.doneAt(samples))
    }
    await writer.close()
    progress.update(shown.total)
  } finally {
    progress.finish()
    await writer.discard()
  }
  const seconds = samples / sampleRate
  const computeSeconds = (performance.now() - loaded) / 1000
  const figures = roundFigures({
    output,
    engine,
    frames: samples / hopLength,
    samples,
    seconds,
    realTimeFactor: seconds === 0 ? 0 : computeSeconds / seconds,
    startToFirstSampleMs: firstSampleMs ?? 0,
    peakMemoryMb: peakMemoryMb(),
  })
  const said =
    options.json === true
      ? JSON.stringify(figures)
      : `${output}: ${seconds.toFixed(2)} s at ${sampleRate} Hz, RTF ${figures['realTimeFactor']}`
  // The samples are there.
  if (isStandardOutput(output)) note(io, said)
  else print(io, said)
}
