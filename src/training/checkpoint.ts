import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { invalidConfig } from '../errors.js'
import type { Shape } from '../flow/parameters.js'
import { writeFileAside } from '../io/output.js'
import { readError } from '../io/system-error.js'
import { checkWeights } from '../models/files/check-weights.js'
import { readSafetensors, writeSafetensors } from '../models/files/safetensors.js'
import { underCurrentNames } from '../models/files/weight-names.js'

/** All that a run needs to go on as if it had never stopped. */
export interface TrainingState {
  step: number
  /** Halved whenever a run backs off; multiplies the scheduled rate. */
  rateFactor: number
  /** Running mean of the logarithm of the gradient's norm: what a spike is measured against. */
  logNorm: number
  /** Weights and Adam's moments, by the names of `stateShapes` (adam.ts). */
  tensors: Record<string, Float32Array>
  /** Running average of the weights, by weight name. */
  average: Record<string, Float32Array>
}

const checkpointFile = 'checkpoint.safetensors'
const averagePrefix = 'average:'

/**
 * A kill, a full disk or a loss of power leaves the old checkpoint or the new one, never half of one.
 *
 * @throws WriteError
 */
export async function saveCheckpoint(
  folder: string,
  state: TrainingState,
  shapes: Record<string, Shape>,
  configHash: string,
): Promise<void> {
  const averages = Object.entries(state.average).map(([name, data]) => [
    `${averagePrefix}${name}`,
    { shape: [data.length], data },
  ])
  const tensors = Object.entries(state.tensors).map(([name, data]) => [name, { shape: shapes[name]!, data }])
  const bytes = writeSafetensors(Object.fromEntries([...tensors, ...averages]), {
    dtype: 'F32',
    metadata: {
      step: `${state.step}`,
      rateFactor: `${state.rateFactor}`,
      logNorm: `${state.logNorm}`,
      configHash,
    },
  })
  await writeFileAside(join(folder, checkpointFile), bytes)
}

/**
 * The last checkpoint of a folder, or undefined when there is none.
 *
 * @throws GlowcastError INVALID_MODEL when it is damaged, INVALID_CONFIG when it belongs to another config
 */
export async function loadCheckpoint(
  folder: string,
  shapes: Record<string, Shape>,
  configHash: string,
): Promise<TrainingState | undefined> {
  const path = join(folder, checkpointFile)
  let bytes: Uint8Array
  try {
    bytes = await readFile(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw readError(path, error)
  }
  const { tensors, metadata } = readSafetensors(bytes)
  if (metadata['configHash'] !== configHash) {
    throw invalidConfig(
      path,
      'a checkpoint of another config',
      'the config that the run was started with, or another folder',
    )
  }
  const state: TrainingState = {
    step: Number(metadata['step']),
    rateFactor: Number(metadata['rateFactor']),
    logNorm: Number(metadata['logNorm']),
    tensors: {},
    average: {},
  }
  const found: Record<string, { shape: Shape; data: Float32Array }> = {}
  for (const [name, tensor] of underCurrentNames(tensors)) {
    if (name.startsWith(averagePrefix)) state.average[name.slice(averagePrefix.length)] = tensor.data
    else found[name] = tensor
  }
  checkWeights(shapes, found)
  for (const name of Object.keys(shapes)) state.tensors[name] = found[name]!.data
  return state
}
