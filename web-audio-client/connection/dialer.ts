import { subprotocol } from '../../src/protocol/messages.js'
import { socketAddress } from './address.js'
import { clientError, GlowcastClientError, refuseArgument } from './errors.js'
import { browserSocket, type CreateSocket, type Socket } from './socket.js'

export interface DialOptions {
  /** `wss://host/v1/stream`; in a page also relative to the page. */
  readonly url: string | URL
  /**
   * A short-lived token of `POST /v1/tokens`, asked for before each attempt. Absent: none is offered. What it throws
   * ends the client when it was the first call; after one that worked it is tried again, unless the error has
   * `retryable: false`. A `GlowcastClientError` keeps its code.
   */
  readonly token?: () => Promise<string> | string
  /** Default: the global WebSocket. */
  readonly createSocket?: CreateSocket
}

/** What a subprotocol may consist of: a token of RFC 9110. */
const forbiddenInToken = /[^\w.~!#$%&'*+^`|-]/

/** Makes sockets to one server. What cannot heal is told from what may. */
export class Dialer {
  private readonly url: string
  private hadToken = false

  /** @throws GlowcastClientError invalid_argument */
  constructor(private readonly options: DialOptions) {
    this.url = socketAddress(options.url)
    requireFunction('token', options.token)
    requireFunction('createSocket', options.createSocket)
  }

  /**
   * @throws GlowcastClientError invalid_argument (retrying is of no use); connection_failed with the field token, or
   *   with the code of the client's error that `token` threw
   */
  async dial(): Promise<Socket> {
    const { createSocket = browserSocket, token } = this.options
    const offered = [subprotocol]
    if (token !== undefined) offered.push(`glowcast.token.${await this.drawToken(token)}`)
    try {
      return createSocket(this.url, offered)
    } catch (error) {
      if (error instanceof GlowcastClientError) throw error
      throw clientError('invalid_argument', `createSocket: ${messageOf(error)}`, { field: 'createSocket' })
    }
  }

  private async drawToken(draw: () => Promise<string> | string): Promise<string> {
    const token: unknown = await this.callToken(draw)
    if (typeof token !== 'string' || token === '') {
      refuseArgument(
        'token',
        typeof token === 'string' ? 'an empty text' : typeof token,
        'the text of a token',
      )
    }
    const bad = forbiddenInToken.exec(token)
    if (bad !== null) {
      const got = `${JSON.stringify(bad[0])} at index ${bad.index}`
      refuseArgument(
        'token',
        got,
        "letters, digits and !#$%&'*+-.^_`|~ alone, as a subprotocol carries no others",
      )
    }
    this.hadToken = true
    return token
  }

  private async callToken(draw: () => Promise<string> | string): Promise<unknown> {
    try {
      return await draw()
    } catch (error) {
      const { retryable = this.hadToken } = (error ?? {}) as { retryable?: boolean }
      // What the server said of the token that was to be exchanged says more than that there is none.
      const code = error instanceof GlowcastClientError ? error.code : 'connection_failed'
      throw new GlowcastClientError(code, `token: ${messageOf(error)}`, { field: 'token', retryable })
    }
  }
}

function requireFunction(field: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'function') refuseArgument(field, typeof value, 'a function')
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : `${error}`
}
