import { existsSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import express, { type Express, type RequestHandler } from 'express'
import expressStaticGzip from 'express-static-gzip'
import { packageFolder } from '../src/package-root.js'
import type { Glowcast } from './index.js'
import { cutUnreadBodies } from './uploads/unread-body.js'

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
  if (existsSync(join(folder, 'index.html'))) app.use(page(folder), assets(folder))
  else app.use(withoutDemo)
  app.use((_request, response) => {
    response.status(404).type('text').send('Not found.\n')
  })
  return app
}

/** The page names its picture by a whole address: those who show a link to it take no other. */
function page(folder: string): RequestHandler {
  const html = readFileSync(join(folder, 'index.html'), 'utf8')
  return (request, response, next) => {
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    if (!isRead || !['/', '/index.html'].includes(request.path)) return next()
    const { host = '' } = request.headers
    const image = plainHost.test(host) ? `${request.protocol}://${host}/og.jpg` : './og.jpg'
    // Asked for anew each time, as it names the files of the version that runs.
    response.set({ 'Cache-Control': 'no-cache', Vary: 'Host' }).type('html')
    response.send(html.replace('content="./og.jpg"', `content="${image}"`))
  }
}

/** A name or an address, perhaps with a port: nothing that would have to be escaped. */
const plainHost = /^[\w.:[\]-]+$/

/** Compressed where the build has it so; a file with a hash in its name never changes. */
function assets(folder: string): RequestHandler {
  const hashed = join(folder, 'assets') + sep
  return expressStaticGzip(folder, {
    enableBrotli: true,
    orderPreference: ['br'],
    index: false,
    serveStatic: {
      setHeaders: (response, path) => {
        const control = path.startsWith(hashed)
          ? 'public, max-age=31536000, immutable'
          : 'public, max-age=3600'
        response.setHeader('Cache-Control', control)
      },
    },
  })
}

const withoutDemo: RequestHandler = (request, response, next) => {
  if (request.path !== '/') return next()
  response
    .status(404)
    .type('text')
    .send('The demo page is not built: run "npm run build" and start again. The API is at /v1.\n')
}
