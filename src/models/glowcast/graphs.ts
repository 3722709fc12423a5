import type * as tf from '@tensorflow/tfjs-core'
import { melPresets } from '../../audio/mel/mel.js'
import { type Compiled, type Engine, type NamedTensors, outputShapesOf } from '../../engine/portable.js'
import { CarryShapes, ChunkCarry } from '../../flow/carry.js'
import { isConditionerMatrix } from '../../flow/networks/conditioner.js'
import type { HostTensor, Shape } from '../../flow/parameters.js'
import { weightInputs, weightShapes, weightsFrom } from '../weight-inputs.js'
import { conditionOf, type GlowcastModel } from './model.js'

export type Direction = 'synthesis' | 'density'

/** One chunk of the flow as a compiled function; see `flowChunkFunction` for inputs and outputs. */
export interface FlowChunk {
  readonly compiled: Compiled
  /** State that goes from one chunk to the next; zeros at the start of a signal. */
  readonly carryShapes: Record<string, Shape>
}

export const carryKey = (name: string) => `carry:${name}`

/** Input shapes of a chunk of `frames` mel frames of `batch` signals, without weights and carry. */
export function flowChunkShapes(model: GlowcastModel, batch: number, frames: number): Record<string, Shape> {
  const { groupSize, excitation, mel } = model.config
  const groups = frames * model.groupsPerFrame
  return {
    mel: [batch, frames + 2 * model.lookahead, melPresets[mel].melBands],
    coefficients: [batch, groups, groupSize],
    ...(excitation ? { excitation: [batch, groups, 2 * groupSize] } : {}),
  }
}

/**
 * The graph of one chunk. Inputs: `mel`, normalised, with `lookahead` frames around; `coefficients`, noise
 * for synthesis or the MDCT of the audio for density; `excitation`; `weight:…`; `carry:…`. Outputs:
 * `coefficients`; for density also `logDet` [batch, groups]; the next chunk's `carry:…`.
 */
export function flowChunkFunction(model: GlowcastModel, direction: Direction, carryNames: readonly string[]) {
  return (inputs: NamedTensors): NamedTensors => {
    const carry = new ChunkCarry(
      Object.fromEntries(carryNames.map((name) => [name, inputs[carryKey(name)]!])),
    )
    const outputs = runFlow(model, direction, inputs, carry)
    for (const name of carryNames) outputs[carryKey(name)] = carry.next[name]!
    return outputs
  }
}

function runFlow(
  model: GlowcastModel,
  direction: Direction,
  inputs: NamedTensors,
  carry: ChunkCarry | CarryShapes,
): NamedTensors {
  const bound = model.bind(weightsFrom(inputs, model.parameters))
  const context = bound.context(inputs['mel'] as tf.Tensor3D)
  const condition = conditionOf(context, inputs['excitation'] as tf.Tensor3D | undefined)
  const coefficients = inputs['coefficients'] as tf.Tensor3D
  if (direction === 'synthesis') return { coefficients: bound.sample(coefficients, condition, carry) }
  const { z, logDetByStep } = bound.flow.forward(coefficients, condition, carry)
  return { coefficients: z, logDet: logDetByStep }
}

/** What a chunked run of this model carries, by name. */
export function flowCarryShapes(
  model: GlowcastModel,
  direction: Direction,
  batch: number,
): Record<string, Shape> {
  const carry = new CarryShapes()
  outputShapesOf((inputs) => runFlow(model, direction, inputs, carry), {
    ...flowChunkShapes(model, batch, 1),
    ...weightShapes(model.parameters),
  })
  return carry.shapes
}

/** Compiles a chunk with the weights baked in. */
export async function compileFlowChunk(
  engine: Engine,
  model: GlowcastModel,
  weights: Record<string, HostTensor>,
  options: { direction: Direction; batch: number; frames: number },
): Promise<FlowChunk> {
  const { direction, batch, frames } = options
  const carryShapes = flowCarryShapes(model, direction, batch)
  const carryInputs = Object.entries(carryShapes).map(([name, shape]) => [carryKey(name), shape])
  const used = Object.entries(weights).filter(([name]) => !name.startsWith('pitch.'))
  const compiled = await engine.compile(
    flowChunkFunction(model, direction, Object.keys(carryShapes)),
    { ...flowChunkShapes(model, batch, frames), ...Object.fromEntries(carryInputs) },
    {
      constants: weightInputs(Object.fromEntries(used)),
      name: `flow-${direction}`,
      isQuantizable: isConditionerMatrix,
    },
  )
  return { compiled, carryShapes }
}

/** F0 and voicing for `frames` mel frames: `mel` with `pitchLookahead` frames around → `voicingLogit`, `octaves`. */
export function compilePitch(
  engine: Engine,
  model: GlowcastModel,
  weights: Record<string, HostTensor>,
  options: { batch: number; frames: number },
): Promise<Compiled> {
  const { batch, frames } = options
  const used = Object.entries(weights).filter(([name]) => name.startsWith('pitch.'))
  const melBands = melPresets[model.config.mel].melBands
  return engine.compile(
    (inputs) => ({
      ...model.bind(weightsFrom(inputs, model.parameters)).pitch(inputs['mel'] as tf.Tensor3D),
    }),
    { mel: [batch, frames + 2 * model.pitchLookahead, melBands] },
    // An F0 that is a little off is heard at once, and the network is small.
    { constants: weightInputs(Object.fromEntries(used)), name: 'pitch', isQuantizable: () => false },
  )
}
