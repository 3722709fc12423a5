import { createRequire } from 'node:module'
import * as tf from '@tensorflow/tfjs-core'
import { createEngine, type Engine, type EngineName } from '../src/engine/index.js'

const tensorflowPackages = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node']

/** test/native/build-tfjs-node.sh installs it. */
export const hasTensorflow = tensorflowPackages.some(isInstalled)

/** Engines that must keep the contract of an engine. */
export const testedEngines: readonly EngineName[] = [
  'onnx',
  'tfjs-cpu',
  ...(hasTensorflow ? (['tensorflow'] as const) : []),
]

/** What tests of models, synthesis and density run on: `npm run test:tensorflow` sets it. */
const modelEngineName = (process.env['GLOWCAST_TEST_ENGINE'] ?? 'onnx') as EngineName

export function createModelEngine(): Promise<Engine> {
  return createEngine(modelEngineName, { threads: 1 })
}

/** Takes the TF.js backend in use that eager tests compute on: plain JavaScript, or TensorFlow's if that is tested. */
export async function useEagerBackend(): Promise<void> {
  const eager = modelEngineName === 'tensorflow' ? 'tensorflow' : 'tfjs-cpu'
  await createEngine(eager, { threads: 1 })
  await tf.setBackend(eager === 'tensorflow' ? 'tensorflow' : 'cpu')
}

function isInstalled(packageName: string): boolean {
  try {
    createRequire(import.meta.url).resolve(`${packageName}/package.json`)
    return true
  } catch {
    return false
  }
}
