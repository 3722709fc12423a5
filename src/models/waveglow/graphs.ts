import type * as tf from '@tensorflow/tfjs-core'
import { melPresets } from '../../audio/mel/mel.js'
import {
  type Engine,
  type HostArrays,
  type NamedTensors,
  outputShapesOf,
  type ShapeSpecialisedFunction,
} from '../../engine/portable.js'
import { type Carry, CarryShapes, ChunkCarry, type Edges } from '../../flow/carry.js'
import { isConditionerMatrix } from '../../flow/networks/conditioner.js'
import type { HostTensor, Shape } from '../../flow/parameters.js'
import { product } from '../../numeric/stats.js'
import { carryKey } from '../glowcast/graphs.js'
import { weightInputs, weightShapes, weightsFrom } from '../weight-inputs.js'
import type { WaveglowModel } from './model.js'

/** `synthesis`: noise to samples; `density`: samples to noise. */
export type WaveglowDirection = 'synthesis' | 'density'

/** What goes into one chunk, and where in the signal it lies. */
interface WaveglowChunkInput extends Edges {
  readonly frames: number
  /** Log-mel [frames, melBands]. */
  readonly mel: Float32Array
  /** Noise or samples [frames * groupsPerFrame, groupSize]. */
  readonly groups: Float32Array
  /** What the chunk before gave; not read by the first. */
  readonly carry: HostArrays
}

interface WaveglowChunkOutput {
  /** Samples or noise; all but `delayGroups` of the first chunk's groups, and those too with the last one's. */
  readonly groups: Float32Array
  /** [groups], nats, of `density` only. */
  readonly logDet: Float32Array | undefined
  readonly carry: HostArrays
}

/** A chunk of any length as a compiled function. */
export interface WaveglowChunk {
  run(input: WaveglowChunkInput): Promise<WaveglowChunkOutput>
  dispose(): Promise<void>
}

function run(
  model: WaveglowModel,
  direction: WaveglowDirection,
  inputs: NamedTensors,
  carry: Carry,
): NamedTensors {
  const bound = model.bind(weightsFrom(inputs, model.parameters))
  const context = bound.context(inputs['mel'] as tf.Tensor3D, carry)
  const groups = inputs['groups'] as tf.Tensor3D
  if (direction === 'synthesis') return { groups: bound.flow.inverse(groups, { context }, carry) }
  const { z, logDetByStep } = bound.flow.forward(groups, { context }, carry)
  return { groups: z, logDet: logDetByStep }
}

function chunkShapes(model: WaveglowModel, frames: number): Record<string, Shape> {
  return {
    mel: [1, frames, melPresets[model.config.mel].melBands],
    groups: [1, frames * model.groupsPerFrame, model.config.groupSize],
  }
}

function carryOf(model: WaveglowModel, direction: WaveglowDirection): CarryShapes {
  const carry = new CarryShapes()
  outputShapesOf((inputs) => run(model, direction, inputs, carry), {
    ...chunkShapes(model, 2),
    ...weightShapes(model.parameters),
  })
  return carry
}

/** Of the sizes frames, first, last. */
function sizedChunk(
  model: WaveglowModel,
  direction: WaveglowDirection,
  carryShapes: CarryShapes,
): ShapeSpecialisedFunction {
  const names = Object.keys(carryShapes.shapes)
  // Far from the edges and beyond, so to speak: there no layer adds nothing, cuts nothing or keeps its length.
  const frames = 3 + 5 * Math.ceil(model.delayGroups / model.groupsPerFrame)
  return {
    sampleShapes: { base: [frames, 0, -1], steps: [1, -2, -1], check: [frames + 2, -2, -3] },
    at([frames, first, last]) {
      const edges = { first: first!, last: last! }
      const carryInputs = Object.entries(carryShapes.shapesBefore(edges)).map(([name, shape]) => [
        carryKey(name),
        shape,
      ])
      return {
        inputShapes: { ...chunkShapes(model, frames!), ...Object.fromEntries(carryInputs) },
        fn(inputs) {
          const previous = Object.fromEntries(names.map((name) => [name, inputs[carryKey(name)]!]))
          const carry = new ChunkCarry(previous, edges)
          const outputs = run(model, direction, inputs, carry)
          for (const name of names) outputs[carryKey(name)] = carry.next[name]!
          return outputs
        },
      }
    },
  }
}

/** Compiles chunks of all lengths with the weights baked in. */
export async function compileWaveglowChunk(
  engine: Engine,
  model: WaveglowModel,
  weights: Record<string, HostTensor>,
  direction: WaveglowDirection,
): Promise<WaveglowChunk> {
  const carryShapes = carryOf(model, direction)
  const names = Object.keys(carryShapes.shapes).map(carryKey)
  const sized = sizedChunk(model, direction, carryShapes)
  const compiled = await engine.compileShapeSpecialised(sized, {
    constants: weightInputs(weights),
    name: 'waveglow',
    isQuantizable: isConditionerMatrix,
  })
  const nothing = Object.fromEntries(
    Object.entries(carryShapes.shapesBefore({ first: 1 })).map(([name, shape]) => [
      carryKey(name),
      new Float32Array(product(shape)),
    ]),
  )
  return {
    async run({ frames, first, last, mel, groups, carry }) {
      const feeds = { mel, groups, ...(first === 1 ? nothing : carry) }
      const outputs = await compiled.run([frames, first, last], feeds)
      return {
        groups: outputs['groups']!,
        logDet: outputs['logDet'],
        carry: Object.fromEntries(names.map((name) => [name, outputs[name]!])),
      }
    },
    dispose: () => compiled.dispose(),
  }
}
