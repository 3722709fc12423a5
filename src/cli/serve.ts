import { availableParallelism } from 'node:os'
// An entry point: the one place of `src` that knows the server.
import { type ServeOptions, serve as startServer } from '../../server/start.js'

interface ServeCliOptions {
  readonly host: string
  readonly port: number
  readonly model: string
  readonly calibration?: string
  readonly group?: string | string[]
  readonly threads?: number
  readonly token?: string | string[]
  readonly allowedOrigins?: string | string[]
  readonly maxStreams?: number
  readonly maxStreamsPerClient?: number
  readonly trustedProxies: number
  readonly maxSockets?: number
  readonly maxStreamsPerSocket?: number
  readonly idleSeconds?: number
  readonly drainSeconds?: number
  readonly maxBodyBytes?: number
  readonly logLevel: ServeOptions['logLevel']
}

/** `glowcast serve`: what the options and the environment say, as the server wants it. */
export async function serve(options: ServeCliOptions): Promise<void> {
  const { host, port, model, logLevel } = options
  await startServer({
    host,
    port,
    model,
    logLevel,
    ...(options.calibration === undefined ? {} : { calibration: options.calibration }),
    ...(options.group === undefined ? {} : { groups: list(options.group) }),
    threads: options.threads ?? availableParallelism(),
    token: list(options.token),
    allowedOrigins: list(options.allowedOrigins),
    trustedProxies: options.trustedProxies,
    limits: {
      ...limit('streams', options.maxStreams),
      ...limit('streamsPerClient', options.maxStreamsPerClient),
      ...limit('sockets', options.maxSockets),
      ...limit('streamsPerSocket', options.maxStreamsPerSocket),
      ...limit('idleMs', options.idleSeconds, 1000),
      ...limit('drainMs', options.drainSeconds, 1000),
      ...limit('bodyBytes', options.maxBodyBytes),
    },
  })
}

/** An environment variable holds several values apart by spaces or commas. */
function list(values: string | string[] | undefined): string[] {
  if (typeof values !== 'string') return values ?? []
  return values.split(/[\s,]+/).filter((value) => value !== '')
}

function limit(name: string, value: number | undefined, factor = 1): Record<string, number> {
  return value === undefined ? {} : { [name]: value * factor }
}
