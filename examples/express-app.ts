import { createServer, type Server } from 'node:http'
import { pathToFileURL } from 'node:url'
import express from 'express'
// Outside of this repository: from 'glowcast/server'.
import { createGlowcast, type GlowcastOptions } from '../server/index.js'

/** An Express application of your own with Glowcast in it: HTTP under /voice, streams at /voice/stream. */
export async function startApplication(port: number, options: GlowcastOptions = {}): Promise<Server> {
  const glowcast = await createGlowcast(options)
  const app = express()
  app.get('/', (_request, response) => {
    response.send('An application of its own, with a voice.')
  })
  app.use('/voice', glowcast.router())
  const server = createServer(app)
  glowcast.attach(server, { path: '/voice/stream' })
  server.on('close', () => void glowcast.stop())
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return server
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await startApplication(3000)
  console.log('http://127.0.0.1:3000/voice/v1/models')
}
