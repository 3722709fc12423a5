import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Engine } from '../engine/index.js'
// The names alone: a help text waits for no engine.
import { type Precision, precisions } from '../engine/passes/precision.js'
import { type Device, describePlacement, devices } from '../engine/runtime/onnx-device.js'
import { bundledModel } from '../package-root.js'
import { type Quality, qualities } from '../synthesis/quality.js'
import type { SynthesisOptions } from '../synthesis/vocoder.js'

/** Parses an option as a number within bounds; what is thrown says what is expected, see `usageMessage`. */
export function numberBetween(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (text.trim() === '' || !(value >= least && value <= most)) {
      throw new InvalidArgumentError(`a number from ${least} to ${most}`)
    }
    return value
  }
}

export function wholeNumberFrom(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < least) {
      throw new InvalidArgumentError(`a whole number, ${least} or more`)
    }
    return value
  }
}

const maxPort = 65_535

export function portNumber(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isInteger(value) || value < 0 || value > maxPort) {
    throw new InvalidArgumentError(`a whole number from 0 to ${maxPort}`)
  }
  return value
}

const engineNames = ['auto', 'onnx', 'tensorflow', 'tfjs-cpu'] as const

export interface EngineOptions {
  readonly engine: (typeof engineNames)[number]
  readonly threads?: number
  readonly device?: Device
  readonly precision?: Precision
  /** Of threads all but the first say nothing of their engine. */
  readonly isQuiet?: boolean
}

export interface SynthesisCliOptions extends EngineOptions {
  readonly model: string
  readonly seed: number
  readonly temperature?: number
  readonly pitch: number
  readonly quality?: Quality
  readonly melProjections?: number
  readonly sharpen?: number
  readonly comb?: boolean
  readonly denoise?: number
}

/** What the options ask of a synthesis. */
export function synthesisOptions(options: SynthesisCliOptions): SynthesisOptions {
  const { seed, pitch, temperature, quality, melProjections, sharpen, comb, denoise } = options
  return {
    seed,
    pitchSemitones: pitch,
    ...(temperature === undefined ? {} : { temperature }),
    ...(quality === undefined ? {} : { quality }),
    ...(melProjections === undefined ? {} : { melProjections }),
    ...(sharpen === undefined ? {} : { sharpen }),
    ...(comb === undefined ? {} : { comb }),
    ...(denoise === undefined ? {} : { denoise }),
  }
}

/** The model that ships is named, as its path says nothing. */
export function modelOption(): Option {
  return new Option('--model <folder>', 'model folder').default(bundledModel, 'the bundled model')
}

export function jsonOption(): Option {
  return new Option('--json', 'print JSON')
}

export function withEngine(command: Command): Command {
  return command
    .addOption(
      new Option('--engine <name>', 'auto: the fastest one that loads').choices(engineNames).default('auto'),
    )
    .option('--threads <count>', 'threads of the engine (default: all cores)', wholeNumberFrom(1))
    .addOption(new Option('--device <name>', 'where ONNX Runtime computes (default: cpu)').choices(devices))
}

export function withSynthesis(command: Command): Command {
  return withEngine(command)
    .addOption(
      new Option(
        '--precision <type>',
        "type of the conditioners' matrix products in ONNX Runtime (default: float32)",
      ).choices(precisions),
    )
    .addOption(modelOption())
    .option(
      '--seed <number>',
      'seed of the noise: the same seed gives the same samples',
      wholeNumberFrom(0),
      0,
    )
    .option(
      '--temperature <sigma>',
      "standard deviation of the noise, from 0 to 2 (default: the model's)",
      numberBetween(0, 2),
    )
    .option('--pitch <semitones>', 'shift the pitch, from -36 to 36', numberBetween(-36, 36), 0)
    .addOption(
      new Option(
        '--quality <mode>',
        'what counts: fast for speed, best for sound (default: balanced)',
      ).choices(qualities),
    )
    .option(
      '--mel-projections <count>',
      'passes that refine the sound toward its mel, instead of a quality; 0: none',
      wholeNumberFrom(0),
    )
    .option(
      '--sharpen <strength>',
      "how much the mel is sharpened, from 0 to 1, e.g. 0.3 for a smooth one (default: the model's)",
      numberBetween(0, 1),
    )
    .option(
      '--comb',
      "take hoarseness away by a comb that follows the pitch (default: the model's; on where the pitch is shifted)",
    )
    .option('--no-comb', 'no such comb, whatever the model says')
}

/** What the options ask of the engine; where another device than the CPU has graphs is told on stderr. */
export async function engineFrom(options: EngineOptions): Promise<Engine> {
  const { createEngine } = await import('../engine/index.js')
  const { engine, threads, device, precision, isQuiet = false } = options
  return createEngine(engine, {
    ...(threads === undefined ? {} : { threads }),
    ...(device === undefined ? {} : { device }),
    ...(precision === undefined ? {} : { precision }),
    placed: (placement) => console.error(describePlacement(placement)),
    warn: (message) => {
      if (!isQuiet) console.error(`glowcast: ${message}`)
    },
  })
}
