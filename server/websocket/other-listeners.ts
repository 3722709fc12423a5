import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Logger } from 'pino'

export type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void

/** Of this module, in all servers: they leave each other's paths alone. */
const ours = new WeakSet<object>()

/**
 * Warns of others that listen for upgrades, now or later. Node calls all of them for every request, and a WebSocketServer
 * of `ws` that was given `server` answers those for other paths with 400.
 */
export function warnOfOtherListeners(
  httpServer: Server,
  { listener, path, log }: { listener: UpgradeListener; path: string; log: Logger },
): void {
  ours.add(listener)
  const warn = () => {
    log.warn(
      { path },
      `others listen for upgrades on this HTTP server: they must leave ${path} alone; a WebSocketServer of ws needs noServer: true`,
    )
  }
  if (httpServer.listeners('upgrade').some((other) => !ours.has(other))) warn()
  httpServer.on('newListener', (event: string, other: object) => {
    if (event === 'upgrade' && !ours.has(other)) warn()
  })
}
