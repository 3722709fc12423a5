import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { GlowcastError } from '../../errors.js'
import { sizeOf } from '../../flow/parameters.js'
import { withPiped } from '../../io/piped.js'
import { assertOutside } from '../../io/same-file.js'
import type { WaveglowConfig } from '../../models/config/model-config.js'
import { assertReplaceable, saveModelFolder } from '../../models/files/model-folder.js'
import { openWaveglowCheckpoint } from '../../models/waveglow/import/import.js'
import { flowScopes, waveglowMacsPerSecond } from '../../models/waveglow/model.js'
import { plural } from '../../plural.js'
import { type CliIo, print } from '../terminal/io.js'
import { peakMemoryMb } from '../terminal/peak-memory.js'
import { roundFigures } from '../terminal/print.js'
import { createProgress } from '../terminal/progress.js'
import { importCard } from './import-card.js'

export interface ImportCliOptions {
  readonly out: string
  readonly key?: string
  readonly temperature?: number
  readonly dilationBase?: number
  readonly couplings?: 'second' | 'alternate'
  readonly dtype: 'float32' | 'float16'
  readonly json?: boolean
}

/** `glowcast import`: a PyTorch checkpoint to a model folder, tensor by tensor. */
export async function importModel(
  checkpoint: string,
  options: ImportCliOptions,
  io: CliIo = process,
): Promise<void> {
  await assertReplaceable(options.out)
  await assertOutside(options.out, [checkpoint])
  await withPiped(checkpoint, io.stdin, ({ path }) => importFrom(path, options, io))
}

async function importFrom(checkpoint: string, options: ImportCliOptions, io: CliIo): Promise<void> {
  const { out, dtype, key, temperature, dilationBase, couplings } = options
  const imported = await openNamed(checkpoint, {
    ...(key === undefined ? {} : { key }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(dilationBase === undefined ? {} : { dilationBase }),
    ...(couplings === undefined ? {} : { couplings }),
  })
  const { config, weights, format, path } = imported
  const total = Object.keys(weights).length
  const progress = createProgress({ label: 'import', total, unit: 'tensors', stream: io.stderr })
  const matrices = matrixNames(config)
  try {
    const sha256 = await fileHash(checkpoint)
    const parameters = Object.entries(weights)
      .filter(([name]) => !/\.(inverse|logAbsDet)$/.test(name))
      .reduce((sum, [, { shape }]) => sum + sizeOf(shape), 0)
    const figures = {
      architecture: config.wavenet.separable === true ? 'SqueezeWave' : 'WaveGlow',
      format,
      // A name in a checkpoint may hold anything; here it is one line of text.
      entry: path.replaceAll(/\p{Cc}/gu, '?'),
      parameters,
      gmacPerSecondOfAudio: waveglowMacsPerSecond(config) / 1e9,
    }
    const origin = { file: basename(checkpoint), bytes: (await stat(checkpoint)).size, sha256 }
    const hash = await saveModelFolder(out, {
      config,
      weights,
      card: importCard(config, figures, origin, dtype),
      dtype: (name) => (dtype === 'float16' && !matrices.has(name) ? 'F16' : 'F32'),
      onTensor: (written) => progress.update(written),
    })
    progress.finish()
    printModel(io, { ...figures, out, hash, peakMemoryMb: peakMemoryMb() }, config, options.json === true)
  } finally {
    progress.finish()
    await imported.close()
  }
}

/** The parts of a checkpoint are named without it. @throws GlowcastError as `openWaveglowCheckpoint` */
async function openNamed(
  checkpoint: string,
  options: Parameters<typeof openWaveglowCheckpoint>[1],
): ReturnType<typeof openWaveglowCheckpoint> {
  try {
    return await openWaveglowCheckpoint(checkpoint, options)
  } catch (error) {
    if (!(error instanceof GlowcastError) || error.message.includes(checkpoint)) throw error
    const { code, field, got, expected } = error
    const message = `${checkpoint}: ${error.message.replace(/^checkpoint: /, '')}`
    throw new GlowcastError(code, field, got, expected, { cause: error, message })
  }
}

/** What is kept in float32: a matrix and its inverse have to fit each other. */
function matrixNames(config: WaveglowConfig): Set<string> {
  const scopes = Array.from({ length: config.flows }, (_, flow) => flowScopes(flow).conv1x1)
  return new Set(
    scopes.flatMap((scope) => ['weight', 'inverse', 'logAbsDet'].map((name) => `${scope}.${name}`)),
  )
}

async function fileHash(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const block of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(block)
  return hash.digest('hex')
}

function printModel(
  io: CliIo,
  figures: Record<string, unknown>,
  config: WaveglowConfig,
  asJson: boolean,
): void {
  const rounded = roundFigures(figures)
  if (asJson) {
    print(io, JSON.stringify({ ...rounded, config }))
    return
  }
  const { wavenet } = config
  const sizes = {
    flows: `${config.flows} of groups of ${config.groupSize}`,
    earlyOutputs:
      config.earlyEvery < config.flows
        ? `${plural(config.earlySize, 'channel')} every ${plural(config.earlyEvery, 'flow')}`
        : 'none',
    wavenet: `${plural(wavenet.layers, 'layer')} of ${plural(wavenet.channels, 'channel')}, kernel ${wavenet.kernelSize}, dilation base ${wavenet.dilationBase}`,
    couplings: `change the ${config.couplings === 'alternate' ? 'second and the first half in turn' : 'second half'}`,
    temperature: config.temperature,
  }
  for (const [name, value] of Object.entries({ ...rounded, ...sizes }))
    print(io, `${name.padEnd(21)}${value}`)
}
