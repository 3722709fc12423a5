import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { invalidArgument } from '../../src/errors.js'
import { subprotocol } from '../../src/protocol/messages.js'
import { fieldError } from './api-error.js'

export interface AuthOptions {
  /** Accepted bearer tokens; none: anyone with an allowed Origin and Host may connect. */
  readonly tokens: readonly string[]
  /** Origins of browser pages that may connect besides the server's own, as `https://example.org`. */
  readonly allowedOrigins: readonly string[]
  /** Only requests that name this machine: without tokens, so that no other site's name leads here. */
  readonly loopbackOnly: boolean
  readonly tokenSeconds: number
}

/** A shorter token is refused: a program guesses it within hours. */
const minTokenCharacters = 6
/** A shorter token is accepted with a warning. */
const safeTokenCharacters = 16
/** What `Authorization: Bearer` may carry (RFC 6750, section 2.1). */
const tokenSyntax = /^[\w.~+/-]+=*$/
const makeToken = `node -p "crypto.randomBytes(24).toString('base64url')"`

/** The subprotocol entry by which browsers, which cannot set headers, hand over a short-lived token. */
export const tokenSubprotocol = 'glowcast.token.'
const loopback = /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/

/** Who may connect: Origin, Host, bearer tokens, and short-lived tokens signed with a key drawn from the first. */
export class Auth {
  private readonly key: Buffer
  private readonly hashes: readonly Buffer[]

  /** @throws GlowcastError INVALID_ARGUMENT for an origin that is none, or a token that is short or no bearer token */
  constructor(
    private readonly options: AuthOptions,
    private readonly now: () => number = Date.now,
  ) {
    for (const origin of options.allowedOrigins) {
      if (!URL.canParse(origin) || new URL(origin).origin !== origin) {
        throw invalidArgument('allowedOrigins', origin, 'origins: https://example.org')
      }
    }
    options.tokens.forEach(checkToken)
    this.hashes = options.tokens.map(sha256)
    const [first] = options.tokens
    this.key = createHmac('sha256', first ?? randomBytes(32))
      .update('glowcast short-lived token')
      .digest()
  }

  get isOpen(): boolean {
    return this.options.tokens.length === 0
  }

  /** Whether a page of this origin may talk to us besides our own pages. */
  allowsOrigin(origin: string): boolean {
    return this.options.allowedOrigins.includes(origin)
  }

  /** @throws ApiError forbidden */
  checkOrigin({ headers }: IncomingMessage): void {
    const { origin, host = '' } = headers
    if (this.options.loopbackOnly && this.isOpen && !loopback.test(host)) {
      const expected = 'localhost or another loopback name, as long as the server has no --token'
      throw fieldError('forbidden', 'Host', `"${host}"`, expected)
    }
    if (origin === undefined || this.allowsOrigin(origin)) return
    if (URL.canParse(origin) && new URL(origin).host === host) return
    const expected = `the server's own or one of --allowed-origins (to allow it: --allowed-origins ${origin})`
    throw fieldError('forbidden', 'Origin', `"${origin}"`, expected)
  }

  /**
   * @param shortLived whether a short-lived token suffices
   * @throws ApiError unauthorized
   */
  checkToken(request: IncomingMessage, { shortLived = true } = {}): void {
    if (this.isOpen) return
    const bearer = bearerOf(request)
    const offered = offeredProtocols(request).find((entry) => entry.startsWith(tokenSubprotocol))
    if (bearer !== undefined && this.isToken(bearer)) return
    const short = bearer ?? offered?.slice(tokenSubprotocol.length)
    if (shortLived && short !== undefined && this.isShortLived(short)) return
    const got = short === undefined ? 'none' : 'one that is unknown or has expired'
    throw fieldError('unauthorized', 'token', got, 'a valid bearer token', 'Authorization')
  }

  /** Who holds the bearer token that a request has, which is none of the short-lived ones; undefined without one. */
  holderOf(request: IncomingMessage): string | undefined {
    const bearer = bearerOf(request)
    if (bearer === undefined || !this.isToken(bearer)) return undefined
    return sha256(bearer).toString('base64url')
  }

  /** A signed token that is good for `tokenSeconds`. */
  issue(): { token: string; expiresAt: string; expiresInSeconds: number } {
    const expires = Math.floor(this.now() / 1000) + this.options.tokenSeconds
    const payload = `${expires}.${randomBytes(9).toString('base64url')}`
    return {
      token: `${payload}.${this.sign(payload)}`,
      expiresAt: new Date(1000 * expires).toISOString(),
      expiresInSeconds: this.options.tokenSeconds,
    }
  }

  private isToken(token: string): boolean {
    const hash = sha256(token)
    return this.hashes.filter((known) => timingSafeEqual(known, hash)).length > 0
  }

  private isShortLived(token: string): boolean {
    const [expires, nonce, signature, ...rest] = token.split('.')
    if (signature === undefined || rest.length > 0) return false
    const wanted = this.sign(`${expires}.${nonce}`)
    if (!timingSafeEqual(sha256(signature), sha256(wanted))) return false
    return Number(expires) * 1000 > this.now()
  }

  private sign(payload: string): string {
    return createHmac('sha256', this.key).update(payload).digest('base64url')
  }
}

function bearerOf({ headers }: IncomingMessage): string | undefined {
  return /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
}

/** The entries of `Sec-WebSocket-Protocol`. */
export function offeredProtocols({ headers }: IncomingMessage): string[] {
  return (headers['sec-websocket-protocol'] ?? '').split(',').map((entry) => entry.trim())
}

/** @throws ApiError invalid_message */
export function checkSubprotocol(request: IncomingMessage): void {
  if (offeredProtocols(request).includes(subprotocol)) return
  throw fieldError(
    'invalid_message',
    'subprotocol',
    'none that is known',
    subprotocol,
    'Sec-WebSocket-Protocol',
  )
}

/** Whether a token that is accepted is still too short to be safe. */
export function isShortToken(token: string): boolean {
  return token.length < safeTokenCharacters
}

/** Does not repeat the token: what the program prints may be logged. */
function checkToken(token: string, index: number): void {
  const field = `tokens[${index}]`
  if (token.length < minTokenCharacters) {
    const expected = `at least ${minTokenCharacters}, better ${safeTokenCharacters}; make one with: ${makeToken}`
    throw invalidArgument(field, `${token.length} characters`, expected)
  }
  if (!tokenSyntax.test(token)) {
    const expected = `letters, digits and any of -._~+/, then any number of =; make one with: ${makeToken}`
    throw invalidArgument(field, 'a token with other characters', expected)
  }
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
