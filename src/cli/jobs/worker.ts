import { parentPort, workerData } from 'node:worker_threads'
import { failureOf } from '../../threads/failure.js'
import { guardedEngine } from '../../threads/guarded-engine.js'
import { ownControl } from '../../threads/thread-control.js'
import type { StopMessage } from '../../threads/watched-thread.js'
import type { DensityTaskSettings } from './contract.js'
import type { FromDensityWorker, ToDensityWorker } from './messages.js'
import { openDensityTask } from './task.js'

/** One thread of `measureRecordings`: a model and an engine of its own, one recording after the other. */
const port = parentPort!
const control = ownControl()
const send = (message: FromDensityWorker) => port.postMessage(message)

async function start(): Promise<void> {
  const task = await openDensityTask(workerData as DensityTaskSettings, {
    around: (engine) => guardedEngine(engine, control),
  })
  port.on('message', (message: ToDensityWorker | StopMessage) => {
    if ('type' in message) {
      port.close()
      return
    }
    const { job, index } = message
    task
      .run(job, index, (share) => send({ type: 'progress', index, share }))
      .then(
        (result) => send({ type: 'result', index, result }),
        (error: unknown) => send({ type: 'failed', failure: failureOf(error) }),
      )
  })
  send({ type: 'ready', engine: task.engine, hash: task.hash })
}

start().catch((error: unknown) => send({ type: 'failed', failure: failureOf(error) }))
