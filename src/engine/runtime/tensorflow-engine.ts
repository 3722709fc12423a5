import * as util from 'node:util'
import { engineUnavailable } from '../../errors.js'
import { eagerEngine } from './eager-engine.js'
import type { Engine } from './engine.js'

const packages = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node']

/**
 * TensorFlow's own library through its addon for Node, which the caller has installed.
 *
 * @param threads of one operation; TensorFlow takes the first engine's, for as long as the process lives
 * @throws GlowcastError ENGINE_UNAVAILABLE with what to install, or why what is installed does not load
 */
export async function createTensorflowEngine(threads?: number): Promise<Engine> {
  // tfjs-node 4.22 calls it while it computes; Node 23 has taken it away.
  if (!('isNullOrUndefined' in util)) {
    throw engineUnavailable('engine tensorflow', `Node ${process.version}`, 'Node 20 or 22')
  }
  // TensorFlow reads both when it is loaded. Its notes on this CPU are not for users.
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '1'
  if (threads !== undefined) process.env['TF_NUM_INTRAOP_THREADS'] ??= `${threads}`
  const failures: string[] = []
  for (const packageName of packages) {
    try {
      await import(packageName)
      return eagerEngine('tensorflow', 'tensorflow', `TensorFlow through ${packageName}`)
    } catch (error) {
      if (!isMissing(packageName, error)) {
        failures.push(`${packageName} that does not load: ${(error as Error).message.split('\n')[0]}`)
      }
    }
  }
  throw engineUnavailable(
    'engine tensorflow',
    failures.length === 0 ? 'none of its packages' : failures.join('; '),
    `one that loads: npm install ${packages[1]}, or ${packages[0]} for CUDA`,
  )
}

function isMissing(packageName: string, error: unknown): boolean {
  const { code, message } = error as NodeJS.ErrnoException
  return code === 'ERR_MODULE_NOT_FOUND' && message.includes(packageName)
}
