import type { Server } from 'node:http'
import { join } from 'node:path'
import type { Router } from 'express'
import { type Logger, pino } from 'pino'
import { GlowcastError } from '../src/errors.js'
import { calibrationFile } from '../src/models/files/model-folder.js'
import { bundledModel } from '../src/package-root.js'
import type { ModelDescription } from '../src/protocol/messages.js'
import type { AcousticModel } from '../src/speech/acoustic-model.js'
import { MelService } from '../src/speech/service/mel-service.js'
import { RequestPermits } from './http/request-permits.js'
import { RequestRate } from './http/request-rate.js'
import { createRouter, type RoutePermits } from './http/router.js'
import { Auth, isShortToken } from './operations/auth.js'
import { checkedLimits, checkedProxies, type ServerLimits } from './operations/limits.js'
import { Metrics } from './operations/metrics.js'
import type { ScoringBackend } from './scoring/backend.js'
import { ScoringThreads } from './scoring/threads.js'
import { AcousticThread } from './speech/acoustic-thread.js'
import { Speech } from './speech/speech.js'
import type { SessionContext } from './streams/context.js'
import { Admission } from './synthesis/admission.js'
import type { SynthesisBackend } from './synthesis/backend.js'
import { SynthesisPool } from './synthesis/pool.js'
import { Analysis } from './uploads/analysis.js'
import { Clients } from './websocket/clients.js'
import { SocketServer } from './websocket/server.js'

export { defaultLimits, type ServerLimits } from './operations/limits.js'
export type { BackendScoringStream, ScoringBackend } from './scoring/backend.js'
export type { BackendStream, Payer, StreamEvents, SynthesisBackend } from './synthesis/backend.js'

export interface GlowcastOptions {
  /** Model folder; default: the one that ships. */
  readonly model?: string
  /** Synthesis threads, one core each. Default 2. */
  readonly threads?: number
  /**
   * Accepted bearer tokens, of at least 6 characters; the log warns of fewer than 16. Default none: anyone with an allowed
   * Origin and Host may connect.
   */
  readonly tokens?: readonly string[]
  /** Origins of browser pages that may connect besides the server's own. */
  readonly allowedOrigins?: readonly string[]
  /** Without tokens: only requests whose Host is this machine's loopback name. Default true. */
  readonly loopbackOnly?: boolean
  /** Number of your own proxies in front, whose X-Forwarded-For tells clients apart. Default 0. */
  readonly trustedProxies?: number
  readonly limits?: Partial<ServerLimits>
  /** Default: warnings and errors to the standard output. */
  readonly log?: Logger
  /** Where to synthesise instead of in threads of our own; stopped with the rest. */
  readonly backend?: SynthesisBackend
  /** Of the scoring; default: the model's. */
  readonly calibration?: string
  /** Groups of the calibration that are served; default: all. */
  readonly groups?: readonly string[]
  /** Where to score instead, or false for nowhere. Default: threads of our own, which start when they are needed. */
  readonly scoring?: ScoringBackend | false
  /**
   * What makes mels of texts for `POST /v1/audio/speech`: a folder that `glowcast unpack-acoustic-model` wrote, whose model runs in
   * a thread of its own; the address of a service that gives mels; or a model of yours. It is stopped with the rest. Default:
   * none, and texts are refused.
   */
  readonly acousticModel?: string | AcousticModel
  /** Where requests are counted: given by an HTTP server that counts its own. Default: a count of those to `router` and `attach`. */
  readonly requests?: RequestRate
  /** Ends the start: what has started is stopped. */
  readonly signal?: AbortSignal
}

/** Glowcast for an existing Express application and HTTP server. */
export interface Glowcast {
  readonly model: ModelDescription
  readonly engine: string
  /** Streams admitted at a time. */
  readonly capacity: number
  /** What the acoustic model is, where there is one. */
  readonly acousticModel: string | undefined
  /** `/v1/…`, `/healthz`, `/readyz`, `/metrics`; mount it where you like. */
  router(): Router
  /** Serves WebSocket upgrades at `path`, by default `/v1/stream`; others are left to your own listeners. */
  attach(httpServer: Server, options?: { path?: string }): void
  /** Refuses what is new, lets streams and requests finish within `limits.drainMs`, ends the others, closes the sockets. */
  drain(): Promise<void>
  /** `drain`, then ends the threads. Your HTTP server stays open. */
  stop(): Promise<void>
}

/**
 * Starts the synthesis threads and measures what they carry.
 *
 * @throws GlowcastError INVALID_ARGUMENT, INVALID_MODEL, INVALID_CONFIG, ENGINE_FAILED; with a calibration or groups
 *   UNKNOWN_GROUP, INVALID_CALIBRATION, IO; with an acoustic model IO, ENGINE_UNAVAILABLE; the reason of the signal
 */
export async function createGlowcast(options: GlowcastOptions = {}): Promise<Glowcast> {
  const limits = checkedLimits(options.limits ?? {})
  checkThreads(options.threads ?? defaultThreads)
  const trustedProxies = checkedProxies(options.trustedProxies)
  const log = options.log ?? pino({ name: 'glowcast', level: 'warn' })
  const auth = new Auth({
    tokens: options.tokens ?? [],
    allowedOrigins: options.allowedOrigins ?? [],
    loopbackOnly: options.loopbackOnly ?? true,
    tokenSeconds: limits.tokenSeconds,
  })
  if ((options.tokens ?? []).some(isShortToken))
    log.warn('a token of fewer than 16 characters can be guessed')
  // First, since it starts no threads that a refusal would leave behind.
  const scoring = await scoringOf(options, log)
  options.signal?.throwIfAborted()
  const backend =
    options.backend ??
    (await SynthesisPool.start({
      modelFolder: options.model ?? bundledModel,
      threads: options.threads ?? defaultThreads,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      ...(options.scoring === undefined && scoring !== undefined ? { hash: scoring.model.hash } : {}),
      onCrash: (error) =>
        log.error({ err: error }, 'a synthesis thread died or does not start; it is tried again'),
    }))
  const speech = await speechOf(options, limits, log).catch(async (error) => {
    await backend.stop()
    throw error
  })
  const admission = new Admission(backend, limits)
  const metrics: Metrics = new Metrics({
    admission,
    sockets: () => sockets.size,
    queuedBytes: () => sockets.waitingBytes,
  })
  const clients = new Clients(auth, { ...limits, trustedProxies })
  const requests = options.requests ?? new RequestRate({ ...limits, trustedProxies })
  const context: SessionContext = { backend, scoring, admission, clients, requests, metrics, limits, log }
  const sockets: SocketServer = new SocketServer(context, auth)
  const analysis = new Analysis((error) =>
    log.error({ err: error }, 'the analysis thread died or does not start'),
  )
  const { bodyBytes, vocodeRequests, scoreRequests, speechRequests } = limits
  const permitsFor = (requests: number, work: string) =>
    new RequestPermits({ requests, bytes: requests * bodyBytes }, work)
  const permits: RoutePermits = {
    vocode: permitsFor(vocodeRequests, 'vocoded'),
    score: permitsFor(scoreRequests, 'scored'),
    speech: permitsFor(speechRequests, 'spoken'),
  }
  const drain = async () => {
    admission.drain()
    const { drainMs } = limits
    const { vocode, score, speech } = permits
    await Promise.all([sockets, vocode, score, speech].map((open) => open.drain(drainMs)))
  }
  return {
    model: backend.model,
    engine: backend.engine,
    acousticModel: speech?.model.description,
    get capacity() {
      return admission.capacity
    },
    router: () => createRouter(context, auth, analysis, permits, speech),
    attach: (httpServer, { path = '/v1/stream' } = {}) => sockets.attach(httpServer, path),
    drain,
    async stop() {
      await drain()
      await Promise.all([backend.stop(), analysis.stop(), scoring?.stop(), speech?.model.dispose()])
    },
  }
}

const defaultThreads = 2
/** More are a slip of the pen: each has graphs of its own. */
const maxThreads = 1024

function checkThreads(threads: number): void {
  if (Number.isInteger(threads) && threads >= 1 && threads <= maxThreads) return
  const expected = `a whole number from 1 to ${maxThreads}`
  throw new GlowcastError('INVALID_ARGUMENT', 'threads', `${threads}`, expected)
}

/** @throws GlowcastError of the model; the reason of the signal */
async function speechOf(
  { acousticModel, signal }: GlowcastOptions,
  limits: ServerLimits,
  log: Logger,
): Promise<Speech | undefined> {
  if (acousticModel === undefined) return undefined
  const model = await acousticModelOf(acousticModel, log, signal)
  try {
    signal?.throwIfAborted()
    return new Speech(model, limits)
  } catch (error) {
    await model.dispose()
    throw error
  }
}

async function acousticModelOf(
  model: string | AcousticModel,
  log: Logger,
  signal: AbortSignal | undefined,
): Promise<AcousticModel> {
  if (typeof model !== 'string') return model
  if (MelService.isAddress(model)) return MelService.open(model, {}, signal)
  return AcousticThread.start(model, (error) =>
    log.error({ err: error }, 'the acoustic model died or does not start; it is tried again'),
  )
}

/** Without a calibration that fits, voices are served all the same. */
async function scoringOf(options: GlowcastOptions, log: Logger): Promise<ScoringBackend | undefined> {
  if (options.scoring !== undefined) return options.scoring || undefined
  const { model, backend, calibration, groups } = options
  // Another backend may be of another model.
  if (backend !== undefined && model === undefined) return undefined
  const modelFolder = model ?? bundledModel
  try {
    return await ScoringThreads.start({
      modelFolder,
      calibrationFile: calibration ?? join(modelFolder, calibrationFile),
      ...(groups === undefined ? {} : { groups }),
      onCrash: (error) => log.error({ err: error }, 'a scoring thread died or does not start'),
    })
  } catch (error) {
    if (!(error instanceof GlowcastError) || calibration !== undefined || groups !== undefined) throw error
    log.warn({ code: error.code, reason: error.message }, 'nothing is scored')
    return undefined
  }
}
