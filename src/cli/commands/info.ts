import { melPresets } from '../../audio/mel/mel.js'
import { sizeOf } from '../../flow/parameters.js'
import { glowcastModel } from '../../models/glowcast/model.js'
import { loadModel } from '../../models/load-model.js'
import { waveglowMacsPerSecond, waveglowModel } from '../../models/waveglow/model.js'
import { type CliIo, print } from '../terminal/io.js'

/** `glowcast info`. */
export async function info(options: { model: string; json?: boolean }, io: CliIo = process): Promise<void> {
  const { config, weights, hash } = await loadModel(options.model)
  const { sampleRate, hopLength, melBands, fMax } = melPresets[config.mel]
  const parameters = Object.values(weights).reduce((sum, { shape }) => sum + sizeOf(shape), 0)
  const figures: Record<string, unknown> = {
    model: options.model,
    family: config.family,
    hash,
    parameters,
    mel: config.mel,
    sampleRate,
    hopLength,
    melBands,
    highestMelHz: fMax,
    groupSize: config.groupSize,
    temperature: config.temperature,
  }
  if (config.family === 'glowcast') {
    const { lookahead, pitchLookahead } = glowcastModel(config)
    const frames = Math.max(lookahead, pitchLookahead + 1)
    figures['lookaheadFrames'] = frames
    figures['lookaheadMs'] = Math.round((1000 * frames * hopLength) / sampleRate)
  }
  if (config.family === 'waveglow') {
    const { delayGroups } = waveglowModel(config)
    const samples = delayGroups * config.groupSize
    figures['lookaheadFrames'] = Math.ceil(samples / hopLength)
    figures['lookaheadMs'] = Math.round((1000 * samples) / sampleRate)
    figures['gmacPerSecondOfAudio'] = Number((waveglowMacsPerSecond(config) / 1e9).toPrecision(4))
  }
  if (options.json === true) print(io, JSON.stringify(figures))
  else for (const [name, value] of Object.entries(figures)) print(io, `${name.padEnd(21)}${value}`)
}
