import { createHash } from 'node:crypto'
import type { Compiled, Engine } from '../engine/index.js'
import { invalidDataset, nonFinite } from '../errors.js'
import { type HostTensor, initializeParameters, type Shape, sizeOf } from '../flow/parameters.js'
import type { GlowcastConfig } from '../models/config/model-config.js'
import { type GlowcastModel, glowcastModel } from '../models/glowcast/model.js'
import { weightKey } from '../models/weight-inputs.js'
import { plural } from '../plural.js'
import { Adam, stateShapes } from './adam.js'
import { loadCheckpoint, saveCheckpoint, type TrainingState } from './checkpoint.js'
import type { TrainingConfig } from './config.js'
import { BatchSampler } from './data/batches.js'
import type { Features } from './data/features.js'
import { emaDecayAt, learningRateAt, phaseAt, totalSteps } from './schedule.js'
import {
  compileTrainStep,
  compileValidation,
  gradientKey,
  type LossFigures,
  readFigures,
  trainedNames,
} from './train-step.js'

/** A step whose gradient is this many times the usual one is as bad as one that is not finite. */
const spikeFactor = 30
/** The usual norm is not known before this many steps. */
const spikeWarmup = 100
/** After this many bad steps in a row a run goes back to its last checkpoint at half the rate. */
const patience = 3
/** After this many returns without a checkpoint in between a run gives up. */
const maxReturns = 5

export interface TrainingEvents {
  step?(step: number, figures: LossFigures, learningRate: number): void
  validation?(step: number, figures: LossFigures): void | Promise<void>
  checkpoint?(step: number, weights: Record<string, HostTensor>): void | Promise<void>
  /** Something that a person should read: a skipped step, a return to a checkpoint. */
  notice?(message: string): void
}

function configHash(config: TrainingConfig): string {
  return createHash('sha256').update(JSON.stringify(config)).digest('hex')
}

/** Trains a `glowcast` model; resumes from the folder's checkpoint when there is one. */
export class Trainer {
  readonly model: GlowcastModel
  private readonly shapes: Record<string, Shape>
  private readonly trainingBatches: BatchSampler
  private readonly validationBatches: BatchSampler | undefined
  /** Its arrays are those of `adam`. */
  private readonly state: TrainingState
  private readonly adam: Adam
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
    this.adam = new Adam(this.model.parameters, config)
    const { tensors, average } = this.adam
    this.state = { step: 0, rateFactor: 1, logNorm: 0, tensors, average }
    this.restore(state)
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
      throw invalidDataset('data', 'no recording to train on', 'at least one')
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
      const names = trainedNames(this.model.parameters, phase)
      const figures = await this.gradients(compiled.graph, names, this.trainingBatches.training(step))
      if (this.isGood(step, figures)) {
        this.accept(names, { step, rate, norm: figures.gradientNorm })
        this.events.step?.(step, figures, rate)
        await this.afterStep(step, last)
      } else {
        await this.recover(step, figures)
      }
    }
    await compiled?.graph.dispose()
  }

  /** Fills the gradients of these weights. */
  private async gradients(
    graph: Compiled,
    names: readonly string[],
    batch: Record<string, Float32Array>,
  ): Promise<LossFigures> {
    const { tensors, gradients } = this.adam
    const feeds = Object.entries({ ...batch, ...tensors }).filter(([name]) =>
      Object.hasOwn(graph.inputShapes, name),
    )
    const into = names.map((name) => [gradientKey(name), gradients[name]!])
    const outputs = await graph.run(Object.fromEntries(feeds), Object.fromEntries(into))
    return readFigures(outputs, this.adam.gradientNorm(names))
  }

  private isGood(step: number, { total, gradientNorm }: LossFigures): boolean {
    if (!Number.isFinite(total) || !Number.isFinite(gradientNorm)) return false
    return step <= spikeWarmup || Math.log(gradientNorm) - this.state.logNorm < Math.log(spikeFactor)
  }

  private accept(names: readonly string[], options: { step: number; rate: number; norm: number }): void {
    const { step, norm } = options
    const memory = Math.min(step, 50)
    this.state.logNorm += (Math.log(norm) - this.state.logNorm) / memory
    this.adam.step(names, { ...options, keep: 1 - emaDecayAt(this.config, step) })
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
    if (this.returns > maxReturns) {
      throw nonFinite(
        `training at step ${step}`,
        `no finite loss after ${maxReturns} returns to a checkpoint`,
        'a lower learningRate or clipNorm',
      )
    }
    const saved = await loadCheckpoint(this.folder, this.shapes, configHash(this.config))
    const rateFactor = this.state.rateFactor / 2
    this.restore(saved)
    this.state.rateFactor = rateFactor
    this.failures = 0
    this.events.notice?.(
      `${plural(patience, 'step')} in a row were bad: back to step ${this.state.step} at ${rateFactor} of the rate`,
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
        0,
      )
      for (const key of Object.keys(sums) as (keyof LossFigures)[]) sums[key] += figures[key] / batches
    }
    await graph.dispose()
    return sums
  }

  /** Goes on from a checkpoint, or without one from the start. */
  private restore(saved: TrainingState | undefined): void {
    const { step, rateFactor, logNorm, tensors, average } = saved ?? this.initialState()
    this.adam.load(tensors, average)
    Object.assign(this.state, { step, rateFactor, logNorm })
  }

  private initialState(): TrainingState {
    const start = this.initial ?? initializeParameters(this.model.parameters, this.config.seed)
    const state: TrainingState = { step: 0, rateFactor: 1, logNorm: 0, tensors: {}, average: {} }
    for (const [key, shape] of Object.entries(this.shapes))
      state.tensors[key] = new Float32Array(sizeOf(shape))
    for (const name of Object.keys(this.model.parameters)) {
      state.tensors[weightKey(name)]!.set(start[name]!.data)
      state.average[name] = start[name]!.data
    }
    return state
  }
}
