/**
 * How far recordings follow their pitch phase, by band: what is left of a recording where voiced, in dB, after
 *
 * - the model's own mean (its sample without noise, given the recording's mel and tracked phase);
 * - the last pitch cycle before each group of the MDCT, repeated by the phase, for groups of 128, 64 and 32 samples.
 *
 *     node dist/test/bench/phase.js RECORDING...
 */

import { excitationFromPhase } from '../../src/audio/excitation/excitation.js'
import { trackPitchPhase } from '../../src/audio/excitation/phase.js'
import { loadMono, removeDc } from '../../src/audio/files/audio-file.js'
import { melPresets } from '../../src/audio/mel/mel.js'
import { trackPitch } from '../../src/audio/pitch/pitch.js'
import { mdct } from '../../src/audio/spectral/mdct.js'
import { createEngine } from '../../src/engine/index.js'
import { carryKey, compileFlowChunk } from '../../src/models/glowcast/graphs.js'
import { glowcastModel } from '../../src/models/glowcast/model.js'
import { loadGlowcastModel } from '../../src/models/load-model.js'
import { bundledModel } from '../../src/package-root.js'
import { melWithMargins } from './mel-with-margins.js'

const bandEdgesHz = [0, 500, 1000, 2000, 3000, 4000, 6000, 8000]
const groupSizes = [128, 64, 32]
/** Cycles that are longer are not repeated. */
const maxCycleSeconds = 0.02

interface Voice {
  readonly waveform: Float32Array
  /** Cycles at each sample, growing while voiced, NaN elsewhere. */
  readonly cycles: Float64Array
}

/** Mean over groups of the residual over the recording, dB, by band. */
class Residual {
  private readonly sums = new Float64Array(bandEdgesHz.length - 1)
  private groups = 0

  add(recording: Float32Array, guess: Float32Array, binHz: number): void {
    this.groups += 1
    for (let band = 0; band < this.sums.length; band++) {
      const first = Math.floor(bandEdgesHz[band]! / binHz)
      const end = Math.max(first + 1, Math.floor(bandEdgesHz[band + 1]! / binHz))
      let [left, all] = [1e-12, 1e-12]
      for (let bin = first; bin < end; bin++) {
        left += (recording[bin]! - guess[bin]!) ** 2
        all += recording[bin]! ** 2
      }
      this.sums[band]! += 10 * Math.log10(left / all)
    }
  }

  print(name: string): void {
    const values = Array.from(this.sums, (sum) => (sum / this.groups).toFixed(1).padStart(7))
    console.log(`${name.padEnd(34)}${values.join('')}   (${this.groups} groups)`)
  }
}

/** Whether every sample of the window of a group, and as many before it as a cycle has, is voiced. */
function isVoiced({ cycles }: Voice, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (Number.isNaN(cycles[i] ?? Number.NaN)) return false
  return true
}

/** `length` samples from `known` on: those of the last cycle before it, at the same phase. */
function repeatedCycle({ waveform, cycles }: Voice, known: number, length: number): Float32Array {
  const last = cycles[known - 1]!
  return Float32Array.from({ length }, (_, i) => {
    const wanted = cycles[known + i]!
    const phase = wanted - Math.ceil(wanted - last)
    let at = known - 2
    while (cycles[at]! > phase) at -= 1
    const share = (phase - cycles[at]!) / (cycles[at + 1]! - cycles[at]!)
    return waveform[at]! + share * (waveform[at + 1]! - waveform[at]!)
  })
}

function addRepeated(voice: Voice, groupSize: number, sampleRate: number, residual: Residual): void {
  const before = Math.round(maxCycleSeconds * sampleRate)
  const coefficients = mdct(
    voice.waveform.subarray(0, Math.floor(voice.waveform.length / 128) * 128),
    groupSize,
  )
  for (let group = Math.ceil(before / groupSize) + 1; group < coefficients.frames - 2; group++) {
    const known = group * groupSize - groupSize / 2
    if (!isVoiced(voice, known - before, known + 2 * groupSize)) continue
    const cycle = 1 / (voice.cycles[known]! - voice.cycles[known - 1]!)
    if (!(cycle > 1 && cycle < before - 2)) continue
    // The window of the middle of three groups spans two groups, half a group in.
    const window = new Float32Array(3 * groupSize)
    window.set(repeatedCycle(voice, known, 2 * groupSize), groupSize / 2)
    const guess = mdct(window, groupSize).data.subarray(groupSize, 2 * groupSize)
    const recording = coefficients.data.subarray(group * groupSize, (group + 1) * groupSize)
    residual.add(recording, guess, sampleRate / 2 / groupSize)
  }
}

const preset = melPresets['nvidia-22k']
const { config, weights } = await loadGlowcastModel(bundledModel)
const model = glowcastModel(config)
const { groupSize } = config
const engine = await createEngine('onnx', { threads: 1 })

async function addMean(voice: Voice, residual: Residual): Promise<void> {
  const frames = voice.waveform.length / preset.hopLength
  const { carryShapes, compiled } = await compileFlowChunk(engine, model, weights, {
    direction: 'synthesis',
    batch: 1,
    frames,
  })
  const mel = melWithMargins(voice.waveform, preset, model.lookahead)
  const { cosine, sine } = excitationFromPhase(voice.cycles)
  const [c, s] = [mdct(cosine, groupSize).data, mdct(sine, groupSize).data]
  const excitation = new Float32Array(2 * c.length)
  for (let from = 0; from < c.length; from += groupSize) {
    excitation.set(c.subarray(from, from + groupSize), 2 * from)
    excitation.set(s.subarray(from, from + groupSize), 2 * from + groupSize)
  }
  const carry = Object.entries(carryShapes).map(([name, shape]) => [
    carryKey(name),
    new Float32Array(shape.reduce((product, size) => product * size, 1)),
  ])
  const feeds = { mel, excitation, coefficients: new Float32Array(c.length), ...Object.fromEntries(carry) }
  const mean = (await compiled.run(feeds))['coefficients']!
  await compiled.dispose()
  const recording = mdct(voice.waveform, groupSize).data
  for (let group = 8; group < recording.length / groupSize - 2; group++) {
    if (!isVoiced(voice, (group - 4) * groupSize, (group + 2) * groupSize)) continue
    const part = (x: Float32Array) => x.subarray(group * groupSize, (group + 1) * groupSize)
    residual.add(part(recording), part(mean), preset.sampleRate / 2 / groupSize)
  }
}

const mean = new Residual()
const repeated = groupSizes.map(() => new Residual())
for (const path of process.argv.slice(2)) {
  const loaded = removeDc(await loadMono(path, preset.sampleRate))
  const waveform = loaded.slice(0, loaded.length - (loaded.length % preset.hopLength))
  const pitch = trackPitch(waveform, preset.sampleRate)
  const { phaseCycles: cycles, polarity } = trackPitchPhase(waveform, preset.sampleRate, pitch)
  const voice = { waveform: waveform.map((sample) => polarity * sample), cycles }
  await addMean(voice, mean)
  groupSizes.forEach((size, i) => {
    addRepeated(voice, size, preset.sampleRate, repeated[i]!)
  })
}
console.log(
  `${'residual, dB, from Hz'.padEnd(34)}${bandEdgesHz
    .slice(0, -1)
    .map((edge) => `${edge}`.padStart(7))
    .join('')}`,
)
mean.print('mean of the model')
groupSizes.forEach((size, i) => {
  repeated[i]!.print(`last cycle repeated, groups of ${size}`)
})
