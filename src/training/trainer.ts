import { createHash } from 'node:crypto'
import type { Compiled, Engine } from '../engine/index.js'
import { GlowcastError } from '../errors.js'
import { type HostTensor, initializeParameters, type Shape } from '../flow/parameters.js'
import type { GlowcastConfig } from '../models/config.js'
import { type GlowcastModel, glowcastModel } from '../models/glowcast.js'
import { weightKey } from '../models/glowcast-graphs.js'
import { BatchSampler } from './batches.js'
import { emptyTensors, loadCheckpoint, saveCheckpoint, type TrainingState } from './checkpoint.js'
import type { TrainingConfig, TrainingPhase } from './config.js'
import type { Features } from './features.js'
import { emaDecayAt, learningRateAt, phaseAt, totalSteps } from './schedule.js'
import {
  compileTrainStep,
  compileValidation,
  type LossFigures,
  readFigures,
  stateShapes,
  trainedNames,
} from './train-step.js'

/** A step whose gradient is this many times the usual one is as bad as one that is not finite. */
const spikeFactor = 30
/** The usual norm is not known before this many steps. */
const spikeWarmup = 100
/** After this many bad steps in a row a run goes back to its last checkpoint at half the rate. */
const patience = 3
/** After this many returns without a checkpoint in between a run gives up. */
const maximumReturns = 5

export interface TrainingEvents {
  step?(step: number, figures: LossFigures, learningRate: number): void
  validation?(step: number, figures: LossFigures): void | Promise<void>
  checkpoint?(step: number, weights: Record<string, HostTensor>): void | Promise<void>
  /** Something that a person should read: a skipped step, a return to a checkpoint. */
  notice?(message: string): void
}

export function configHash(config: TrainingConfig): string {
  return createHash('sha256').update(JSON.stringify(config)).digest('hex')
}

/** Trains a `glowcast` model; resumes from the folder's checkpoint when there is one. */
export class Trainer {
  readonly model: GlowcastModel
  private readonly shapes: Record<string, Shape>
  private readonly trainingBatches: BatchSampler
  private readonly validationBatches: BatchSampler | undefined
  private state: TrainingState
  /** Outputs of the running step; swapped with the state's tensors when the step is good. */
  private spare: Record<string, Float32Array>
  private failures = 0
  private returns = 0

  private constructor(
    private readonly engine: Engine,
    private readonly config: TrainingConfig,
    private readonly folder: string,
    data: { training: readonly Features[]; validation: readonly Features[] },
    state: TrainingState | undefined,
    private readonly events: TrainingEvents,
    private readonly initial: Record<string, HostTensor> | undefined,
  ) {
    this.model = glowcastModel(config.model as GlowcastConfig)
    this.shapes = stateShapes(this.model.parameters)
    this.trainingBatches = new BatchSampler(this.model, config, data.training)
    this.validationBatches =
      data.validation.length === 0 ? undefined : new BatchSampler(this.model, config, data.validation)
    this.state = state ?? this.initialState()
    this.spare = emptyTensors(this.shapes)
  }

  /** @param initial weights to start from instead of random ones; ignored when a checkpoint is resumed */
  static async open(options: {
    engine: Engine
    config: TrainingConfig
    folder: string
    training: readonly Features[]
    validation: readonly Features[]
    initial?: Record<string, HostTensor>
    events?: TrainingEvents
  }): Promise<Trainer> {
    const { engine, config, folder, training, validation, initial, events = {} } = options
    if (training.length === 0) {
      throw new GlowcastError('INVALID_DATASET', 'data', 'no recording to train on', 'at least one')
    }
    const shapes = stateShapes(glowcastModel(config.model as GlowcastConfig).parameters)
    const state = await loadCheckpoint(folder, shapes, configHash(config))
    return new Trainer(engine, config, folder, { training, validation }, state, events, initial)
  }

  get step(): number {
    return this.state.step
  }

  /** The averaged weights: what is validated, sampled from and shipped. */
  weights(): Record<string, HostTensor> {
    return Object.fromEntries(
      Object.entries(this.model.parameters).map(([name, { shape }]) => [
        name,
        { shape, data: this.state.average[name]! },
      ]),
    )
  }

  async run(): Promise<void> {
    const last = totalSteps(this.config)
    let compiled: { phase: number; graph: Compiled } | undefined
    while (this.state.step < last) {
      const step = this.state.step + 1
      const { index, phase } = phaseAt(this.config, step)
      if (compiled?.phase !== index) {
        await compiled?.graph.dispose()
        compiled = {
          phase: index,
          graph: await compileTrainStep(this.engine, this.model, this.config, phase),
        }
      }
      const rate = learningRateAt(this.config, step) * this.state.rateFactor
      const feeds = this.feeds(this.trainingBatches.training(step), step, rate)
      const { inputShapes, outputShapes } = compiled.graph
      const figures = readFigures(
        await compiled.graph.run(only(feeds, inputShapes), only(this.spare, outputShapes)),
      )
      if (this.isGood(step, figures)) {
        this.accept(step, phase, figures.gradientNorm)
        this.events.step?.(step, figures, rate)
        await this.afterStep(step, last)
      } else {
        await this.recover(step, figures)
      }
    }
    await compiled?.graph.dispose()
  }

  private feeds(
    batch: Record<string, Float32Array>,
    step: number,
    rate: number,
  ): Record<string, Float32Array> {
    return {
      ...batch,
      ...this.state.tensors,
      rate: Float32Array.of(rate),
      correction1: Float32Array.of(1 / (1 - this.config.adamBeta1 ** step)),
      correction2: Float32Array.of(1 / (1 - this.config.adamBeta2 ** step)),
    }
  }

  private isGood(step: number, { total, gradientNorm }: LossFigures): boolean {
    if (!Number.isFinite(total) || !Number.isFinite(gradientNorm)) return false
    return step <= spikeWarmup || Math.log(gradientNorm) - this.state.logNorm < Math.log(spikeFactor)
  }

  private accept(step: number, phase: TrainingPhase, gradientNorm: number): void {
    const { tensors, average } = this.state
    const memory = Math.min(step, 50)
    this.state.logNorm += (Math.log(gradientNorm) - this.state.logNorm) / memory
    const keep = 1 - emaDecayAt(this.config, step)
    for (const name of trainedNames(this.model.parameters, phase)) {
      for (const key of [weightKey(name), `moment:${name}`, `variance:${name}`]) {
        const fresh = this.spare[key]!
        this.spare[key] = tensors[key]!
        tensors[key] = fresh
      }
      const mean = average[name]!
      const value = tensors[weightKey(name)]!
      for (let i = 0; i < mean.length; i++) mean[i] = mean[i]! + keep * (value[i]! - mean[i]!)
    }
    this.state.step = step
    this.failures = 0
  }

  private async afterStep(step: number, last: number): Promise<void> {
    if (step % this.config.validateEverySteps === 0 || step === last) {
      const figures = await this.validate()
      if (figures !== undefined) await this.events.validation?.(step, figures)
    }
    if (step % this.config.checkpointEverySteps === 0 || step === last) {
      await saveCheckpoint(this.folder, this.state, this.shapes, configHash(this.config))
      this.returns = 0
      await this.events.checkpoint?.(step, this.weights())
    }
  }

  /** A bad step changes nothing; several in a row mean that the weights themselves went wrong. */
  private async recover(step: number, figures: LossFigures): Promise<void> {
    this.failures += 1
    if (this.failures < patience) {
      this.events.notice?.(
        `step ${step} is skipped: loss ${figures.total}, gradient norm ${figures.gradientNorm}`,
      )
      this.state.step = step
      return
    }
    this.returns += 1
    if (this.returns > maximumReturns) {
      throw new GlowcastError(
        'NON_FINITE',
        `training at step ${step}`,
        `no finite loss after ${maximumReturns} returns to a checkpoint`,
        'a lower learningRate or clipNorm',
      )
    }
    const saved = await loadCheckpoint(this.folder, this.shapes, configHash(this.config))
    const rateFactor = this.state.rateFactor / 2
    this.state = { ...(saved ?? this.initialState()), rateFactor }
    this.failures = 0
    this.events.notice?.(
      `${patience} steps in a row were bad: back to step ${this.state.step} at ${rateFactor} of the rate`,
    )
  }

  private async validate(): Promise<LossFigures | undefined> {
    if (this.validationBatches === undefined) return undefined
    const graph = await compileValidation(this.engine, this.model, this.config)
    const weights = Object.fromEntries(
      Object.entries(this.state.average).map(([name, data]) => [weightKey(name), data]),
    )
    const batches = Math.max(1, Math.ceil(this.config.validationCrops / this.config.batchSize))
    const sums = { total: 0, nll: 0, sed: 0, melL1: 0, pitch: 0, gradientNorm: 0 }
    for (let number = 0; number < batches; number++) {
      const figures = readFigures(
        await graph.run({ ...this.validationBatches.validation(number), ...weights }),
      )
      for (const key of Object.keys(sums) as (keyof LossFigures)[]) sums[key] += figures[key] / batches
    }
    await graph.dispose()
    return sums
  }

  private initialState(): TrainingState {
    const start = this.initial ?? initializeParameters(this.model.parameters, this.config.seed)
    const tensors = emptyTensors(this.shapes)
    const average: Record<string, Float32Array> = {}
    for (const name of Object.keys(this.model.parameters)) {
      tensors[weightKey(name)]!.set(start[name]!.data)
      average[name] = Float32Array.from(start[name]!.data)
    }
    return { step: 0, rateFactor: 1, logNorm: 0, tensors, average }
  }
}

/** The arrays that a graph takes or gives. */
function only<T>(
  arrays: Readonly<Record<string, T>>,
  names: Readonly<Record<string, unknown>>,
): Record<string, T> {
  return Object.fromEntries(Object.entries(arrays).filter(([name]) => Object.hasOwn(names, name)))
}
