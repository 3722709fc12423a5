import { availableParallelism } from 'node:os'
// An entry point: the one place of `src` that knows the server.
import { type ServeOptions, serve as startServer } from '../../../server/start.js'
import { invalidArgument } from '../../errors.js'
import { portNumber } from '../options.js'

interface ServeCliOptions {
  readonly host: string
  readonly port: number
  readonly model: string
  readonly calibration?: string
  readonly group?: readonly string[]
  readonly acousticModel?: string
  readonly threads?: number
  readonly token?: readonly string[]
  readonly allowedOrigins?: readonly string[]
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

/**
 * `glowcast serve`: what the options and the environment say, as the server wants it.
 *
 * @param sourceOf where the value of an option comes from: default, env or cli
 * @throws GlowcastError INVALID_ARGUMENT
 */
export async function serve(
  options: ServeCliOptions,
  sourceOf: (name: keyof ServeCliOptions) => string | undefined,
): Promise<void> {
  const list = (name: 'group' | 'token' | 'allowedOrigins', variable: string) => {
    const values = options[name] ?? []
    return sourceOf(name) === 'env' ? values.flatMap((text) => entriesOf(text, variable)) : values
  }
  const { host, model, logLevel } = options
  await startServer({
    host,
    ...portFrom(options.port, sourceOf('port')),
    model,
    logLevel,
    ...(options.calibration === undefined ? {} : { calibration: options.calibration }),
    ...(options.group === undefined ? {} : { groups: list('group', 'GLOWCAST_GROUP') }),
    ...(options.acousticModel === undefined ? {} : { acousticModel: options.acousticModel }),
    threads: options.threads ?? availableParallelism(),
    token: list('token', 'GLOWCAST_TOKEN'),
    allowedOrigins: list('allowedOrigins', 'GLOWCAST_ALLOWED_ORIGINS'),
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

/** Hosts tell programs their port by PORT. One that nobody asked for gives way to another. */
function portFrom(
  port: number,
  source: string | undefined,
): { port: number; portSource: string; otherPorts?: number } {
  if (source !== 'default') return { port, portSource: source === 'env' ? 'GLOWCAST_PORT' : '--port' }
  const { PORT: text = '' } = process.env
  if (text === '') return { port, portSource: '--port', otherPorts: 20 }
  try {
    return { port: portNumber(text), portSource: 'PORT' }
  } catch (cause) {
    throw invalidArgument('PORT', `"${text}"`, 'a whole number from 0 to 65535', { cause })
  }
}

/** An environment variable holds several values apart by commas or spaces. @throws GlowcastError INVALID_ARGUMENT */
function entriesOf(text: string, variable: string): string[] {
  const entries = text.trim().split(/\s*,\s*|\s+/)
  if (!entries.includes('')) return entries
  const got = text.trim() === '' ? 'nothing' : 'an empty entry'
  throw invalidArgument(variable, got, 'values apart by commas, or the variable unset')
}

function limit(name: string, value: number | undefined, factor = 1): Record<string, number> {
  return value === undefined ? {} : { [name]: value * factor }
}
