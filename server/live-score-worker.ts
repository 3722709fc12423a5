import { workerData } from 'node:worker_threads'
import { LikelihoodModel, liveChunkFrames } from '../src/density/likelihood.js'
import { firstFrameSamples, LiveScorer } from '../src/density/live-scorer.js'
import { loadGlowcastModel } from '../src/models/load-model.js'
import { brokenScoring } from './job-errors.js'
import { serveJobs } from './job-worker.js'
import type { LiveScoreJob, LiveScoreResult, ScoringThreadSettings } from './score-messages.js'
import { scoringEngine } from './scoring-engine.js'

/** The thread that scores streams frame by frame while they arrive. */
const { modelFolder, stop } = workerData as ScoringThreadSettings
const scorers = new Map<number, LiveScorer>()
const ready = start()
// Each job is told of a failure.
ready.catch(() => undefined)

serveJobs<LiveScoreJob, LiveScoreResult>(score, () => [], brokenScoring)

async function start() {
  const { config, weights } = await loadGlowcastModel(modelFolder)
  const engine = await scoringEngine(stop)
  const model = await LikelihoodModel.create(engine, config, weights, { chunkFrames: liveChunkFrames })
  return { model, firstFrameSamples: await firstFrameSamples(model) }
}

async function score(job: LiveScoreJob): Promise<LiveScoreResult> {
  if (job.kind === 'open') return open(job)
  const started = performance.now()
  const scorer = scorers.get(job.stream)
  if (job.kind !== 'push') scorers.delete(job.stream)
  if (job.kind === 'close') return { maps: [], computeMs: 0 }
  // A stream that did not wait for anything has not heard that its thread died.
  if (scorer === undefined) throw brokenScoring(new Error('the thread was started anew'))
  const maps = job.kind === 'push' ? await scorer.push(job.samples) : await scorer.flush()
  return { maps, computeMs: performance.now() - started }
}

async function open({ stream, sampleRate }: LiveScoreJob & { kind: 'open' }): Promise<LiveScoreResult> {
  const { model, firstFrameSamples } = await ready
  const scorer = new LiveScorer(model, sampleRate)
  scorers.set(stream, scorer)
  return { maps: [], computeMs: 0, delaySeconds: scorer.secondsOf(firstFrameSamples) }
}
