import { workerData } from 'node:worker_threads'
import { LikelihoodModel, liveChunkFrames } from '../../src/likelihood/likelihood.js'
import { firstFrameSamples, LiveScorer } from '../../src/scoring/texture/live-scorer.js'
import { ownControl } from '../../src/threads/thread-control.js'
import { brokenScoring } from '../workers/errors.js'
import { serveJobs } from '../workers/serve.js'
import { loadServedModel } from '../workers/served-model.js'
import { threadEngine } from '../workers/thread-engine.js'
import type { LiveScoreJob, LiveScoreResult, ScoringThreadSettings } from './messages.js'

/** The thread that scores streams frame by frame while they arrive. */
const { modelFolder, hash } = workerData as ScoringThreadSettings
const scorers = new Map<number, LiveScorer>()

await serveJobs<LiveScoreJob, LiveScoreResult>({
  async start() {
    const { config, weights } = await loadServedModel(modelFolder, hash)
    const engine = await threadEngine(ownControl())
    const model = await LikelihoodModel.create(engine, config, weights, { chunkFrames: liveChunkFrames })
    const lead = await firstFrameSamples(model)
    return async (job) => (job.kind === 'open' ? open(job, model, lead) : score(job))
  },
  transferOf: () => [],
  unknownFailure: brokenScoring,
})

async function score(job: Exclude<LiveScoreJob, { kind: 'open' }>): Promise<LiveScoreResult> {
  const started = performance.now()
  const scorer = scorers.get(job.stream)
  if (job.kind !== 'push') scorers.delete(job.stream)
  if (job.kind === 'close') return { maps: [], computeMs: 0 }
  // A stream that did not wait for anything has not heard that its thread died.
  if (scorer === undefined) throw brokenScoring(new Error('the thread was started anew'))
  const maps = job.kind === 'push' ? await scorer.push(job.samples) : await scorer.flush()
  return { maps, computeMs: performance.now() - started }
}

/** @param lead samples that must follow the first of a frame, at the model's rate */
function open(
  { stream, sampleRate }: LiveScoreJob & { kind: 'open' },
  model: LikelihoodModel,
  lead: number,
): LiveScoreResult {
  const scorer = new LiveScorer(model, sampleRate)
  scorers.set(stream, scorer)
  return { maps: [], computeMs: 0, delaySeconds: scorer.secondsOf(lead) }
}
