import express, { type RequestHandler, type Router } from 'express'
import { fieldError } from '../operations/api-error.js'
import type { Auth } from '../operations/auth.js'
import { errorHandler } from '../operations/http-errors.js'
import type { Speech } from '../speech/speech.js'
import type { SessionContext } from '../streams/context.js'
import type { Analysis } from '../uploads/analysis.js'
import { cutUnreadBodies } from '../uploads/unread-body.js'
import type { RequestPermits } from './request-permits.js'
import { scoreHandler } from './score.js'
import { speechHandler } from './speech.js'
import { vocodeHandler } from './vocode.js'

/** Of the routes that take bodies. */
export interface RoutePermits {
  readonly vocode: RequestPermits
  readonly score: RequestPermits
  readonly speech: RequestPermits
}

/**
 * The HTTP side: models, tokens, speech, vocoding, scoring, health and metrics.
 *
 * @param speech absent where there is no acoustic model
 */
export function createRouter(
  context: SessionContext,
  auth: Auth,
  analysis: Analysis,
  permits: RoutePermits,
  speech: Speech | undefined,
): Router {
  const { backend, scoring, admission, requests, metrics, log } = context
  const router = express.Router()
  const authorized: RequestHandler = (request, _response, next) => {
    auth.checkToken(request)
    next()
  }
  const fromHere: RequestHandler = (request, _response, next) => {
    auth.checkOrigin(request)
    next()
  }
  router.use(['/v1', '/healthz', '/readyz', '/metrics'], (request, _response, next) => {
    const refusal = requests.refusal(request)
    if (refusal !== undefined) throw refusal
    next()
  })
  // Tells nothing but that the process lives.
  router.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' })
  })
  router.get('/readyz', fromHere, (_request, response) => {
    const ready = !admission.isDraining && backend.capacity > 0
    const status = ready ? 'ready' : admission.isDraining ? 'draining' : 'no synthesis thread is alive'
    const trouble = [backend.trouble, scoring?.trouble, speech?.trouble].filter((text) => text !== undefined)
    const { open, capacity } = admission
    response.status(ready ? 200 : 503).json({ status, engine: backend.engine, open, capacity, trouble })
  })
  router.use('/v1', cutUnreadBodies, crossOrigin(auth))
  router.get('/metrics', fromHere, authorized, async (_request, response) => {
    response.type(metrics.registry.contentType).send(await metrics.registry.metrics())
  })
  router.get('/v1/models', authorized, (_request, response) => {
    const { name, ...rest } = backend.model
    const vocoder = { id: name, ...ofModel, ...rest }
    response.json({ object: 'list', data: speech === undefined ? [vocoder] : [vocoder, acousticOf(speech)] })
  })
  router.post('/v1/tokens', (request, response) => {
    auth.checkToken(request, { shortLived: false })
    response.set('Cache-Control', 'no-store').status(201).json(auth.issue())
  })
  router.post('/v1/vocode', authorized, vocodeHandler(context, permits.vocode, analysis))
  router.post('/v1/audio/speech', authorized, speechHandler(context, permits.speech, speech))
  router.get('/v1/audio/voices', authorized, (_request, response) => {
    const voices = speech?.model.voices ?? []
    response.json({ voices: voices.map((voice) => ({ id: voice, name: voice })) })
  })
  router.post('/v1/score', authorized, scoreHandler(context, permits.score))
  router.use('/v1', (request) => {
    const path = request.originalUrl.split('?')[0]
    throw fieldError('not_found', 'path', `${request.method} ${path}`, 'an endpoint of the API')
  })
  router.use(errorHandler(log, metrics))
  return router
}

const ofModel = { object: 'model', owned_by: 'glowcast' } as const

/** An acoustic model as clients of OpenAI's API list it. */
function acousticOf({ model: { description, voices, speeds } }: Speech) {
  return { id: description.replaceAll(' ', '-'), ...ofModel, voices, speeds }
}

/** Lets pages of allowed origins in, answers their preflights, and keeps all others out. */
function crossOrigin(auth: Auth): RequestHandler {
  return (request, response, next) => {
    auth.checkOrigin(request)
    const { origin } = request.headers
    if (origin !== undefined && auth.allowsOrigin(origin)) {
      response.set({
        'Access-Control-Allow-Origin': origin,
        // Any that are asked for, as clients send headers of their own: authorization is by a token or the origin alone.
        'Access-Control-Allow-Headers':
          request.headers['access-control-request-headers'] ?? 'authorization, content-type',
        'Access-Control-Allow-Methods': 'GET, POST',
        // Those that we answer with and that pages of other origins are not shown by themselves.
        'Access-Control-Expose-Headers':
          'content-length, retry-after, www-authenticate, x-glowcast-frames, x-glowcast-sample-rate, x-glowcast-warnings',
        Vary: 'Origin, Access-Control-Request-Headers',
      })
      if (request.method === 'OPTIONS') {
        response.status(204).end()
        return
      }
    }
    next()
  }
}
