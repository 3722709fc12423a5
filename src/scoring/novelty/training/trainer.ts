import type { Frames } from '../../../audio/buffers/frames.js'
import type { Compiled, Engine } from '../../../engine/index.js'
import { nonFinite } from '../../../errors.js'
import type { Layer } from '../../../flow/bijector.js'
import { type HostTensor, initializeParameters } from '../../../flow/parameters.js'
import { weightKey } from '../../../models/weight-inputs.js'
import { Adam } from '../../../training/adam.js'
import { gradientKey } from '../../../training/train-step.js'
import { PatchSampler } from './batches.js'
import { whiteningWeights } from './start-weights.js'
import { compileContentLoss, compileContentStep, trainedNames } from './step.js'

export interface ContentTrainingOptions {
  readonly seed: number
  /** At most, where validation chooses: a run that gets no better ends earlier. */
  readonly steps: number
  /** Whether the weights of the best validation are kept, and when to stop; otherwise those of the last step. */
  readonly validates: boolean
  readonly ditherNats: number
  /** Weights to start from; without them the flow starts as the Gaussian of the training patches. */
  readonly initial?: Readonly<Record<string, HostTensor>>
  readonly onStep?: (step: number, validationNll: number) => void
}

export interface ContentTrainingResult {
  /** Running averages. */
  readonly weights: Record<string, HostTensor>
  readonly steps: number
  /** Nats a value of validation patches, before and after. */
  readonly startNll: number
  readonly validationNll: number
}

const adamConfig = { adamBeta1: 0.9, adamBeta2: 0.98, clipNorm: 1 }
const learningRate = 0.002
const warmupSteps = 20
/** The rate falls evenly to this share of it. */
const finalRate = 0.05
const emaDecay = 0.98
const batchPatches = 512
const validationPatches = 4096
const startPatches = 20_000
const validateEverySteps = 20
/** So many validations without a better one end a run. */
const patience = 4

/**
 * Trains a flow on mel patches by exact likelihood. The validation recordings say which weights are kept and when to
 * stop, where they are to.
 *
 * @throws GlowcastError INVALID_DATASET without recordings; NON_FINITE when no step has a finite gradient
 */
export async function trainContentFlow(
  engine: Engine,
  flow: Layer,
  recordings: { training: readonly Frames[]; validation: readonly Frames[] },
  options: ContentTrainingOptions,
): Promise<ContentTrainingResult> {
  const training = new PatchSampler(recordings.training, options)
  const validation = new PatchSampler(recordings.validation, options).draw(0, validationPatches)
  const adam = new Adam(flow.parameters, adamConfig)
  load(adam, {
    ...initializeParameters(flow.parameters, options.seed),
    ...(options.initial ?? whiteningWeights(training.draw(0, startPatches))),
  })
  const graph = await compileContentStep(engine, flow, [1, batchPatches, training.channels])
  const loss = await compileContentLoss(engine, flow, [1, validationPatches, training.channels])
  const validationNll = async () => {
    const weights = Object.entries(adam.average).map(([name, data]) => [weightKey(name), data])
    return (await loss.run({ x: validation.data, ...Object.fromEntries(weights) }))['nll']![0]!
  }
  try {
    const startNll = await validationNll()
    let best = { nll: startNll, step: 0, weights: averages(flow, adam) }
    let step = 0
    let accepted = 0
    const hasPatience = () => !options.validates || step - best.step < patience * validateEverySteps
    while (step < options.steps && hasPatience()) {
      step++
      const { data } = training.draw(step, batchPatches)
      if (await takeStep(graph, flow, adam, data, step / options.steps, accepted + 1)) accepted++
      if (step % validateEverySteps !== 0 && step !== options.steps) continue
      const nll = await validationNll()
      if (nll < best.nll || !options.validates) best = { nll, step, weights: averages(flow, adam) }
      options.onStep?.(step, nll)
    }
    if (accepted === 0) {
      throw nonFinite('training', 'no step with a finite gradient', 'finite patches')
    }
    return { weights: best.weights, steps: step, startNll, validationNll: best.nll }
  } finally {
    await graph.dispose()
    await loss.dispose()
  }
}

/** @returns whether the step counted: one whose loss or gradient is not finite changes nothing */
async function takeStep(
  graph: Compiled,
  flow: Layer,
  adam: Adam,
  patches: Float32Array,
  progress: number,
  step: number,
): Promise<boolean> {
  const names = trainedNames(flow)
  const weights = Object.keys(flow.parameters).map((name) => [
    weightKey(name),
    adam.tensors[weightKey(name)]!,
  ])
  const into = names.map((name) => [gradientKey(name), adam.gradients[name]!])
  const outputs = await graph.run({ x: patches, ...Object.fromEntries(weights) }, Object.fromEntries(into))
  const norm = adam.gradientNorm(names)
  if (!Number.isFinite(outputs['nll']![0]!) || !Number.isFinite(norm)) return false
  const rate = learningRate * Math.min(1, step / warmupSteps) * (1 - (1 - finalRate) * progress)
  adam.step(names, { step, rate, norm, keep: 1 - Math.min(emaDecay, step / (step + 9)) })
  return true
}

function load(adam: Adam, weights: Readonly<Record<string, HostTensor>>): void {
  for (const [name, average] of Object.entries(adam.average)) {
    adam.tensors[weightKey(name)]!.set(weights[name]!.data)
    average.set(weights[name]!.data)
  }
}

function averages({ parameters }: Layer, { average }: Adam): Record<string, HostTensor> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, { shape }]) => [name, { shape, data: average[name]!.slice() }]),
  )
}
