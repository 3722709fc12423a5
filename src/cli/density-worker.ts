import { parentPort, workerData } from 'node:worker_threads'
import { type FromDensityWorker, failureOf, type ToDensityWorker } from './density-messages.js'
import { type DensityTask, type DensityTaskSettings, openDensityTask } from './density-task.js'

/** One thread of `measureRecordings`: a model and an engine of its own, one recording after the other. */
const port = parentPort!
const send = (message: FromDensityWorker) => port.postMessage(message)

async function start(): Promise<void> {
  const task: DensityTask = await openDensityTask(workerData as DensityTaskSettings)
  port.on('message', ({ job, index }: ToDensityWorker) => {
    task
      .run(job, index, (share) => send({ type: 'progress', index, share }))
      .then(
        (result) => send({ type: 'result', index, result }),
        (error: unknown) => send({ type: 'failed', failure: failureOf(error) }),
      )
  })
  send({ type: 'ready', engine: task.engine })
}

start().catch((error: unknown) => send({ type: 'failed', failure: failureOf(error) }))
