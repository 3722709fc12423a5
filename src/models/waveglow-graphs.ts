import type * as tf from '@tensorflow/tfjs-core'
import { melPresets } from '../audio/mel.js'
import { type Compiled, type Engine, type NamedTensors, outputShapesOf } from '../engine/index.js'
import { type Carry, CarryShapes, ChunkCarry } from '../flow/carry.js'
import type { HostTensor, Shape } from '../flow/parameters.js'
import { isConditionerMatrix } from '../flow/wavenet.js'
import { carryKey, weightInputs, weightKey } from './glowcast-graphs.js'
import type { WaveglowModel } from './waveglow.js'

/** One chunk of synthesis as a compiled function. */
export interface WaveglowChunk {
  /**
   * Inputs: `mel` [1, frames, melBands] log-mel; `noise` [1, groups, groupSize]; `valid` [1, groups, 1], 1 inside
   * the signal; `carry:…`. Outputs: `groups` of samples [1, groups, groupSize], `delayGroups` late; the next
   * chunk's `carry:…`.
   */
  readonly compiled: Compiled
  /** State that goes from one chunk to the next; zeros at the start of a signal. */
  readonly carryShapes: Readonly<Record<string, Shape>>
}

function chunkShapes(model: WaveglowModel, frames: number): Record<string, Shape> {
  const groups = frames * model.groupsPerFrame
  return {
    mel: [1, frames, melPresets[model.config.mel].melBands],
    noise: [1, groups, model.config.groupSize],
    valid: [1, groups, 1],
  }
}

function synthesis(model: WaveglowModel, inputs: NamedTensors, carry: Carry): tf.Tensor3D {
  const names = Object.keys(model.parameters)
  const bound = model.bind(Object.fromEntries(names.map((name) => [name, inputs[weightKey(name)]!])))
  const context = bound.context(inputs['mel'] as tf.Tensor3D, carry)
  const valid = inputs['valid'] as tf.Tensor3D
  return bound.flow.inverse(inputs['noise'] as tf.Tensor3D, { context, valid }, carry)
}

function carryShapesOf(model: WaveglowModel): Record<string, Shape> {
  const carry = new CarryShapes()
  const weights = Object.entries(model.parameters).map(([name, { shape }]) => [weightKey(name), shape])
  outputShapesOf((inputs) => ({ groups: synthesis(model, inputs, carry) }), {
    ...chunkShapes(model, 1),
    ...Object.fromEntries(weights),
  })
  return carry.shapes
}

/** Compiles a chunk of `frames` mel frames with the weights baked in. */
export async function compileWaveglowChunk(
  engine: Engine,
  model: WaveglowModel,
  weights: Record<string, HostTensor>,
  frames: number,
): Promise<WaveglowChunk> {
  const carryShapes = carryShapesOf(model)
  const names = Object.keys(carryShapes)
  const chunk = (inputs: NamedTensors): NamedTensors => {
    const carry = new ChunkCarry(Object.fromEntries(names.map((name) => [name, inputs[carryKey(name)]!])))
    const outputs: NamedTensors = { groups: synthesis(model, inputs, carry) }
    for (const name of names) outputs[carryKey(name)] = carry.next[name]!
    return outputs
  }
  const carryInputs = Object.entries(carryShapes).map(([name, shape]) => [carryKey(name), shape])
  const compiled = await engine.compile(
    chunk,
    { ...chunkShapes(model, frames), ...Object.fromEntries(carryInputs) },
    { constants: weightInputs(weights), name: 'waveglow', isNarrow: isConditionerMatrix },
  )
  return { compiled, carryShapes }
}
