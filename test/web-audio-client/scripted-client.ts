import { afterEach, beforeEach } from 'vitest'
import type { GlowcastClient } from '../../web-audio-client/client.js'
import { ScriptedServer, type ServerScript } from './scripted-server.js'

/** For each test of a file a scripted server of its own, and a client that is closed behind it. */
export function useScriptedServer() {
  let server: ScriptedServer
  let client: GlowcastClient | undefined
  beforeEach(async () => {
    server = await ScriptedServer.start()
  })
  afterEach(async () => {
    client?.close()
    client = undefined
    await server.stop()
  })
  return {
    get server(): ScriptedServer {
      return server
    },
    /** Another server, where a test has stopped the one it had. */
    async restart(): Promise<void> {
      server = await ScriptedServer.start()
    },
    /** A client of a server that keeps to this script. */
    start(script: ServerScript = {}, more: Parameters<ScriptedServer['client']>[0] = {}): GlowcastClient {
      server.script = script
      client = server.client(more)
      return client
    },
  }
}
