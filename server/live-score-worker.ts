import { workerData } from 'node:worker_threads'
import { LikelihoodModel, liveChunkFrames } from '../src/density/likelihood.js'
import { LiveScorer, liveDelaySeconds } from '../src/density/live-scorer.js'
import { loadGlowcastModel } from '../src/models/load-model.js'
import { brokenScoring } from './job-errors.js'
import { serveJobs } from './job-worker.js'
import type { LiveScoreJob, LiveScoreResult, ScoringThreadSettings } from './score-messages.js'
import { scoringEngine } from './scoring-engine.js'

/** The thread that scores streams frame by frame while they arrive. */
const { modelFolder, stop } = workerData as ScoringThreadSettings
const scorers = new Map<number, LiveScorer>()
const delays = new Map<number, Promise<number>>()
const ready = start()
// Each job is told of a failure.
ready.catch(() => undefined)

serveJobs<LiveScoreJob, LiveScoreResult>(score, () => [], brokenScoring)

async function start(): Promise<LikelihoodModel> {
  const { config, weights } = await loadGlowcastModel(modelFolder)
  return LikelihoodModel.create(await scoringEngine(stop), config, weights, { chunkFrames: liveChunkFrames })
}

async function score(job: LiveScoreJob): Promise<LiveScoreResult> {
  if (job.kind === 'open') return open(job)
  const started = performance.now()
  const scorer = scorers.get(job.stream)
  const maps = scorer === undefined ? [] : await scoredBy(scorer, job)
  if (job.kind !== 'push') scorers.delete(job.stream)
  return { maps, computeMs: performance.now() - started }
}

async function scoredBy(scorer: LiveScorer, job: Exclude<LiveScoreJob, { kind: 'open' }>) {
  if (job.kind === 'push') return scorer.push(job.samples)
  return job.kind === 'flush' ? scorer.flush() : []
}

async function open({ stream, sampleRate }: LiveScoreJob & { kind: 'open' }): Promise<LiveScoreResult> {
  const model = await ready
  const delay = delays.get(sampleRate) ?? liveDelaySeconds(model, sampleRate)
  delays.set(sampleRate, delay)
  scorers.set(stream, new LiveScorer(model, sampleRate))
  return { maps: [], computeMs: 0, delaySeconds: await delay }
}
