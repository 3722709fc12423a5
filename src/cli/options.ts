import { type Command, InvalidArgumentError } from 'commander'
import {
  createEngine,
  type Device,
  describePlacement,
  devices,
  type Engine,
  type Precision,
  precisions,
} from '../engine/index.js'
import type { SynthesisOptions } from '../vocoder.js'

/** Parses an option as a number within bounds; commander prints the message beside the option's name. */
export function numberBetween(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (text.trim() === '' || !(value >= least && value <= most)) {
      throw new InvalidArgumentError(`Expected a number from ${least} to ${most}.`)
    }
    return value
  }
}

export function wholeNumberFrom(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < least) {
      throw new InvalidArgumentError(`Expected a whole number of at least ${least}.`)
    }
    return value
  }
}

const mostPort = 65_535

export function portNumber(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isInteger(value) || value < 0 || value > mostPort) {
    throw new InvalidArgumentError(`Expected a whole number from 0 to ${mostPort}.`)
  }
  return value
}

export interface EngineOptions {
  readonly engine: 'auto' | 'onnx' | 'tensorflow' | 'tfjs-cpu'
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
  readonly melProjections?: number
  readonly denoise?: number
}

/** What the options ask of a synthesis. */
export function synthesisOptions(options: SynthesisCliOptions): SynthesisOptions {
  const { seed, pitch, temperature, melProjections, denoise } = options
  return {
    seed,
    pitchSemitones: pitch,
    ...(temperature === undefined ? {} : { temperature }),
    ...(melProjections === undefined ? {} : { melProjections }),
    ...(denoise === undefined ? {} : { denoise }),
  }
}

export function withEngine(command: Command): Command {
  return command
    .option('--engine <name>', 'auto, onnx, tensorflow or tfjs-cpu', engineName, 'auto')
    .option('--threads <count>', 'threads of the engine (default: all cores)', wholeNumberFrom(1))
    .option(
      '--device <name>',
      `where ONNX Runtime computes: ${devices.join(', ')} (default: cpu)`,
      deviceName,
    )
}

/** For commands that run trained models and compare with nothing that was measured in float32. */
function withPrecision(command: Command): Command {
  return command.option(
    '--precision <type>',
    `of the conditioners' matrix products, on ONNX Runtime: ${precisions.join(', ')} (default: float32)`,
    precisionName,
  )
}

export function withSynthesis(command: Command, bundledModel: string): Command {
  return withPrecision(withEngine(command))
    .option('--model <folder>', 'model folder', bundledModel)
    .option(
      '--seed <number>',
      'seed of the noise: the same seed gives the same samples',
      wholeNumberFrom(0),
      0,
    )
    .option('--temperature <sigma>', "deviation of the noise (default: the model's)", numberBetween(0, 2))
    .option('--pitch <semitones>', 'shift of the pitch', numberBetween(-36, 36), 0)
    .option(
      '--mel-projections <count>',
      "passes that move the sound toward its mel (default: the model's; 0: the flow's bare sample)",
      wholeNumberFrom(0),
    )
}

function deviceName(text: string): string {
  if (!devices.some((name) => name === text)) {
    throw new InvalidArgumentError(`Expected one of ${devices.join(', ')}.`)
  }
  return text
}

function precisionName(text: string): string {
  if (!precisions.some((name) => name === text)) {
    throw new InvalidArgumentError(`Expected one of ${precisions.join(', ')}.`)
  }
  return text
}

/** What the options ask of the engine; where another device than the CPU has graphs is told on stderr. */
export function engineFrom(options: EngineOptions): Promise<Engine> {
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

function engineName(text: string): string {
  const names = ['auto', 'onnx', 'tensorflow', 'tfjs-cpu']
  if (!names.includes(text)) throw new InvalidArgumentError(`Expected one of ${names.join(', ')}.`)
  return text
}
