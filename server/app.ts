import { existsSync } from 'node:fs'
import { join } from 'node:path'
import express, { type Express, type RequestHandler } from 'express'
import { packageFolder } from '../src/cli/files.js'
import type { Glowcast } from './plugin.js'
import { cutUnreadBodies } from './unread-body.js'

/** The demo page as the build leaves it. */
const demoFolder = join(packageFolder(), 'dist', 'web-audio-client', 'demo')

/**
 * A page that is isolated gets SharedArrayBuffer; nothing but our own scripts runs, and worklets may come from blobs
 * because bundlers put small ones there.
 */
const pageHeaders = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "worker-src 'self' blob:",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "media-src 'self' blob:",
    "connect-src 'self' ws: wss:",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
}

/** The stand-alone server's application: the API and the demo page. */
export function createApp(glowcast: Glowcast, folder: string = demoFolder): Express {
  const app = express()
  app.disable('x-powered-by')
  app.use((_request, response, next) => {
    response.set(pageHeaders)
    next()
  })
  app.use(cutUnreadBodies)
  app.use(glowcast.router())
  app.use(existsSync(join(folder, 'index.html')) ? express.static(folder) : withoutDemo)
  app.use((_request, response) => {
    response.status(404).type('text').send('Not found.\n')
  })
  return app
}

const withoutDemo: RequestHandler = (request, response, next) => {
  if (request.path !== '/') return next()
  response
    .status(404)
    .type('text')
    .send('The demo page is not built: run "npm run build" and start again. The API is at /v1.\n')
}
