import { Console } from 'node:console'
import { loadModel } from '../../models/load-model.js'
import { fillNormal } from '../../numeric/random.js'
import { randomStreams } from '../../numeric/random-streams.js'
import { Vocoder } from '../../synthesis/vocoder.js'
import { engineFrom, type SynthesisCliOptions, synthesisOptions } from '../options.js'
import { type CliIo, print } from '../terminal/io.js'
import { peakMemoryMb } from '../terminal/peak-memory.js'
import { roundFigures } from '../terminal/print.js'

/** `glowcast bench`: RTF of whole files and of short chunks, on one core and on all. */
export async function bench(
  options: SynthesisCliOptions & { seconds: number; json?: boolean },
  io: CliIo = process,
): Promise<void> {
  const { config, weights } = await loadModel(options.model)
  // What is spoken is made up, and need not look like speech.
  const asked = { ...synthesisOptions(options), melScaleCheck: 'off' } as const
  const rows: Record<string, unknown>[] = []
  const threadCounts = options.threads === undefined ? [1, undefined] : [options.threads]
  for (const threads of threadCounts) {
    const engine = await engineFrom({ ...options, ...(threads === undefined ? {} : { threads }) })
    for (const chunkFrames of [64, 2]) {
      const start = performance.now()
      const vocoder = await Vocoder.create(engine, config, weights, { chunkFrames })
      const compileMs = performance.now() - start
      const { sampleRate, hopLength, melBands } = vocoder.mel
      const frames = Math.round(
        ((chunkFrames < 64 ? options.seconds / 10 : options.seconds) * sampleRate) / hopLength,
      )
      const mel = { data: speechLikeMel(frames, melBands), frames, channels: melBands }
      await vocoder.synthesize(
        { data: mel.data.subarray(0, 64 * melBands), frames: 64, channels: melBands },
        asked,
      )
      const began = performance.now()
      await vocoder.synthesize(mel, asked)
      const seconds = (frames * hopLength) / sampleRate
      rows.push(
        roundFigures({
          engine: engine.description,
          chunkMs: Math.round((1000 * chunkFrames * hopLength) / sampleRate),
          seconds,
          compileMs,
          realTimeFactor: (performance.now() - began) / 1000 / seconds,
          peakMemoryMb: peakMemoryMb(),
        }),
      )
      await vocoder.dispose()
    }
  }
  if (options.json === true) print(io, JSON.stringify(rows))
  else new Console(io.stdout).table(rows)
}

/** Speed does not depend on what is said: a slope over the bands with slow random movement. */
function speechLikeMel(frames: number, melBands: number): Float32Array {
  const movement = new Float32Array(Math.ceil(frames / 8) + 1)
  fillNormal(movement, 1, randomStreams.benchMel[0], 0)
  return Float32Array.from({ length: frames * melBands }, (_, i) => {
    const frame = Math.floor(i / melBands)
    const band = i % melBands
    return -4 - (3 * band) / melBands + (movement[frame >> 3] ?? 0)
  })
}
