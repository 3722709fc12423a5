import { workerData } from 'node:worker_threads'
import { engineFailed } from '../../src/errors.js'
import type { SpokenPart } from '../../src/speech/acoustic-model.js'
import { HibariModel } from '../../src/speech/hibari/hibari-model.js'
import { ownControl } from '../../src/threads/thread-control.js'
import { type CancelFlag, throwIfCancelled } from '../workers/cancellation.js'
import { serveJobs } from '../workers/serve.js'
import type { SpeechAnswer, SpeechJob, SpeechWorkerSettings } from './messages.js'

/** The thread of the acoustic model, whose calls block the thread that makes them. */
const control = ownControl()
const utterances = new Map<number, AsyncGenerator<SpokenPart>>()

await serveJobs<SpeechJob, SpeechAnswer>({
  async start() {
    const { folder } = workerData as SpeechWorkerSettings
    const model = await HibariModel.open(folder)
    return async (job) => {
      control.enterEngine()
      try {
        return await answer(model, job)
      } finally {
        control.leaveEngine()
      }
    }
  },
  transferOf: ({ part }) => (part === undefined ? [] : [part.mel.data.buffer as ArrayBuffer]),
  unknownFailure: (cause) => engineFailed('acoustic model', cause.message, 'mel frames', { cause }),
})

async function answer(model: HibariModel, job: SpeechJob): Promise<SpeechAnswer> {
  if (job.type === 'describe') {
    const { description, voices, mel, speeds, sharpen } = model
    return { facts: { description, voices, mel, speeds, sharpen } }
  }
  const { utterance } = job
  if (job.type === 'end') {
    await utterances.get(utterance)?.return(undefined)
    utterances.delete(utterance)
    return {}
  }
  if (job.type === 'begin') {
    const { text, voice, speed } = job
    const options = { ...(voice === undefined ? {} : { voice }), ...(speed === undefined ? {} : { speed }) }
    utterances.set(utterance, model.speak(text, options))
  }
  return nextPart(utterance, job.cancel)
}

/** What nobody waits for any more is not computed. */
async function nextPart(utterance: number, cancel: CancelFlag | undefined): Promise<SpeechAnswer> {
  const parts = utterances.get(utterance)
  if (parts === undefined) throw engineFailed('acoustic model', 'a thread that died', 'one that goes on')
  try {
    if (cancel !== undefined) throwIfCancelled(cancel)
    const { value, done } = await parts.next()
    if (done !== true) return { part: value }
  } catch (error) {
    utterances.delete(utterance)
    throw error
  }
  utterances.delete(utterance)
  return {}
}
