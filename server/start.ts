import { once } from 'node:events'
import type { RequestListener, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Level, type Logger, pino } from 'pino'
import { type GlowcastError, invalidArgument } from '../src/errors.js'
import { createApp } from './app.js'
import { createHttpServer, refuse, serveRequests } from './http/http-server.js'
import { RequestRate } from './http/request-rate.js'
import { createGlowcast, type Glowcast } from './index.js'
import { ApiError } from './operations/api-error.js'
import { drainOnUncaughtError, outliveLog } from './operations/last-resort.js'
import { checkedLimits, checkedProxies, type ServerLimits } from './operations/limits.js'
import { plainLines } from './operations/plain-lines.js'

export interface ServeOptions {
  readonly host: string
  /** 0: any that is free. */
  readonly port: number
  /** Ports that are tried in place of one that is taken: those that follow it. Default 0. */
  readonly otherPorts?: number
  /** What named the port, for errors: an option or a variable. */
  readonly portSource: string
  readonly model: string
  /** Default: the model's. */
  readonly calibration?: string
  /** Of the calibration; default: all. */
  readonly groups?: readonly string[]
  /** Folder of the model that speaks texts; default: none. */
  readonly acousticModel?: string
  readonly threads: number
  readonly token?: readonly string[]
  readonly allowedOrigins?: readonly string[]
  readonly trustedProxies?: number
  readonly logLevel: Level
  readonly limits: Partial<ServerLimits>
}

/** Connections that are still open this long after the last request has ended are cut. */
const closingMs = 1000
const stopSignals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const

/** `glowcast serve`: the stand-alone server, until SIGTERM or SIGINT. */
export async function serve(options: ServeOptions): Promise<void> {
  for (const output of [process.stdout, process.stderr]) outliveLog(output)
  const log = pino(
    { level: options.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    process.stdout.isTTY ? plainLines(process.stdout) : process.stdout,
  )
  // Before the model is loaded: a port that is taken is told at once.
  const limits = { ...checkedLimits(options.limits), trustedProxies: checkedProxies(options.trustedProxies) }
  const server = createHttpServer(limits)
  // One count of a client's requests, whatever it asks for.
  const requests = new RequestRate(limits)
  server.on('request', notReady)
  const starting = stopStartOnSignal(log)
  let glowcast: Glowcast
  try {
    await listen(server, options, log)
    glowcast = await createGlowcast({
      model: options.model,
      ...(options.calibration === undefined ? {} : { calibration: options.calibration }),
      ...(options.groups === undefined ? {} : { groups: options.groups }),
      ...(options.acousticModel === undefined ? {} : { acousticModel: options.acousticModel }),
      threads: options.threads,
      tokens: options.token ?? [],
      allowedOrigins: options.allowedOrigins ?? [],
      loopbackOnly: isLoopback(options.host),
      trustedProxies: options.trustedProxies ?? 0,
      limits: options.limits,
      requests,
      log,
      signal: starting.signal,
    })
  } catch (error) {
    server.close()
    server.closeAllConnections()
    if (!starting.signal.aborted) throw error
    log.info('stopped before it was ready')
    return
  } finally {
    starting.end()
  }
  glowcast.attach(server)
  server.off('request', notReady)
  serveRequests(server, createApp(glowcast), requests)
  const { address, port } = server.address() as AddressInfo
  const host = address.includes(':') ? `[${address}]` : address
  const { model, engine, capacity, acousticModel } = glowcast
  const { threads } = options
  const hash = model.hash.slice(0, 12)
  log.info({ model: model.name, hash, acousticModel, engine, threads, capacity }, 'ready')
  if ((options.token ?? []).length === 0) reportOpenness(log, options.host)
  console.log(`Glowcast listens on http://${host}:${port}/ and carries ${capacity} streams in real time`)
  stopOnSignal(server, glowcast, log)
  drainOnUncaughtError(log, () => shutDown(server, glowcast, log))
}

/** Whoever asks before the model is loaded. */
const notReady: RequestListener = (_request, response) => {
  refuse(
    response,
    new ApiError('overloaded', 'the server is starting; try again later', { retryAfterMs: 1000 }),
  )
}

/** Until it is ended, the first signal aborts the start, and a second one ends the process at once. */
function stopStartOnSignal(log: Logger): { readonly signal: AbortSignal; end(): void } {
  const starting = new AbortController()
  const stop = (signal: NodeJS.Signals) => {
    if (starting.signal.aborted && signal !== 'SIGHUP') process.exit(1)
    log.info({ signal }, 'stopping')
    starting.abort()
  }
  for (const signal of stopSignals) process.on(signal, stop)
  return {
    signal: starting.signal,
    end() {
      for (const signal of stopSignals) process.off(signal, stop)
    },
  }
}

function reportOpenness(log: Logger, host: string): void {
  if (isLoopback(host)) log.info('no token is set: open to programs on this machine and to its own page')
  else log.warn('no token is set: open to everyone who can reach this address; set GLOWCAST_TOKEN')
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host)
}

/** @throws GlowcastError INVALID_ARGUMENT when the port is taken or may not be used */
async function listen(server: Server, options: ServeOptions, log: Logger): Promise<void> {
  const { host, port: first, otherPorts = 0 } = options
  for (let port = first; ; port++) {
    server.listen(port, host)
    try {
      await once(server, 'listening')
      if (port !== first) log.warn({ port: first }, `the port is taken: ${port} is used instead`)
      return
    } catch (cause) {
      const isTaken = (cause as NodeJS.ErrnoException).code === 'EADDRINUSE'
      if (!isTaken || port === first + otherPorts) throw listenError(options, port, cause as Error)
    }
  }
}

function listenError(
  { host, port: first, portSource }: ServeOptions,
  port: number,
  cause: NodeJS.ErrnoException,
): GlowcastError {
  const refusal = (field: string, got: string, expected: string) =>
    invalidArgument(field, got, expected, { cause })
  switch (cause.code) {
    case 'EADDRINUSE': {
      const got = port === first ? `${port}, which is taken` : `${first} to ${port}, which are all taken`
      return refusal(portSource, got, 'a free port (0: any)')
    }
    case 'EACCES':
      return refusal(portSource, `${port}, which this user may not use`, 'one from 1024 on')
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return refusal('--host', host, 'an address of this machine')
    default:
      return refusal('--host', `${host}:${port} (${cause.message})`, 'an address that can be listened on')
  }
}

/** The first signal drains; a second one ends at once, but for SIGHUP, of which closing a terminal may send several. */
function stopOnSignal(server: Server, glowcast: Glowcast, log: Logger): void {
  let stopping = false
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) {
      if (signal !== 'SIGHUP') process.exit(1)
      return
    }
    stopping = true
    log.info({ signal }, 'stopping: streams and requests may finish')
    void shutDown(server, glowcast, log)
  }
  for (const signal of stopSignals) process.on(signal, stop)
}

async function shutDown(server: Server, glowcast: Glowcast, log: Logger): Promise<void> {
  try {
    await glowcast.drain()
    server.close()
    server.closeIdleConnections()
    await Promise.race([once(server, 'close'), new Promise((resolve) => setTimeout(resolve, closingMs))])
    server.closeAllConnections()
    await glowcast.stop()
    log.info('stopped')
    process.exitCode = 0
  } catch (error) {
    log.fatal({ err: error }, 'could not stop cleanly')
    process.exit(1)
  }
}
