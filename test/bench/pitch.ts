/**
 * How well the pitch network of a model hears F0 and voicing in the mel: against the tracker on the waveform, by recording
 * and in the mean.
 *
 *     node dist/test/bench/pitch.js [--model FOLDER] RECORDING...
 */

import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import { loadMono, removeDc } from '../../src/audio/files/audio-file.js'
import { melPresets } from '../../src/audio/mel/mel.js'
import { type PitchTrack, trackPitch } from '../../src/audio/pitch/pitch.js'
import { createEngine } from '../../src/engine/index.js'
import { compareVoicing } from '../../src/evaluation/voicing.js'
import { compilePitch } from '../../src/models/glowcast/graphs.js'
import { glowcastModel } from '../../src/models/glowcast/model.js'
import { octavesToHz } from '../../src/models/glowcast/pitch-network.js'
import { loadGlowcastModel } from '../../src/models/load-model.js'
import { mean, upperMedian } from '../../src/numeric/stats.js'
import { bundledModel } from '../../src/package-root.js'
import { melWithMargins } from './mel-with-margins.js'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { model: { type: 'string', default: bundledModel } },
})

/** From this distance on an F0 is not a little off, but another one. */
const grossCents = 200

const preset = melPresets['nvidia-22k']
const { config, weights } = await loadGlowcastModel(values.model)
const model = glowcastModel(config)
const engine = await createEngine('onnx', { threads: 1 })

async function heardInMel(waveform: Float32Array): Promise<PitchTrack> {
  const mel = melWithMargins(waveform, preset, model.pitchLookahead)
  const frames = mel.length / preset.melBands - 2 * model.pitchLookahead
  const compiled = await compilePitch(engine, model, weights, { batch: 1, frames })
  const { voicingLogit, octaves } = await compiled.run({ mel })
  await compiled.dispose()
  const f0Hz = octaves!.map((value, i) => (voicingLogit![i]! > 0 ? octavesToHz(value) : 0))
  return { hopLength: preset.hopLength, f0Hz }
}

/** Share of the frames that both call voiced in which F0 is another one. */
function grossShare(reference: PitchTrack, heard: PitchTrack): number {
  const both = Array.from(heard.f0Hz, (hz, i) => [hz, reference.f0Hz[i] ?? 0] as const).filter(
    ([hz, wanted]) => hz > 0 && wanted > 0,
  )
  return mean(both.map(([hz, wanted]) => (Math.abs(1200 * Math.log2(hz / wanted)) > grossCents ? 1 : 0)))
}

const rows: number[][] = []
const print = (name: string, [hz, f1, gross, cents]: readonly number[]) =>
  console.log(
    `${name.padEnd(34)}${hz!.toFixed(0).padStart(5)}${f1!.toFixed(3).padStart(8)}${(100 * gross!).toFixed(1).padStart(8)}${cents!.toFixed(1).padStart(8)}`,
  )
console.log(`${''.padEnd(34)}   Hz      F1 gross, %   cents`)
for (const path of positionals) {
  const waveform = removeDc(await loadMono(path, preset.sampleRate))
  const reference = trackPitch(waveform, preset.sampleRate, { hopLength: preset.hopLength })
  const heard = await heardInMel(waveform)
  const { voicingF1, f0ErrorCents } = compareVoicing(reference, heard)
  const hz = upperMedian(reference.f0Hz.filter((value) => value > 0))
  const row = [hz, voicingF1 ?? 0, grossShare(reference, heard), f0ErrorCents ?? 0]
  rows.push(row)
  print(basename(path).slice(-32), row)
}
print(
  'mean',
  [0, 1, 2, 3].map((column) => mean(rows.map((row) => row[column]!))),
)
