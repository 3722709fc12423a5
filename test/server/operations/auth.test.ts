import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { Auth, type AuthOptions, tokenSubprotocol } from '../../../server/operations/auth.js'

const options: AuthOptions = {
  tokens: ['the-first-secret', 'the-second-secret'],
  allowedOrigins: ['https://friend.example'],
  loopbackOnly: true,
  tokenSeconds: 60,
}

function request(headers: Record<string, string>): IncomingMessage {
  return { headers: { host: 'voice.example', ...headers } } as unknown as IncomingMessage
}

const bearer = (token: string) => request({ authorization: `Bearer ${token}` })
const offering = (token: string) =>
  request({ 'sec-websocket-protocol': `glowcast.v1, ${tokenSubprotocol}${token}` })

describe('tokens', () => {
  it('are those that were configured', () => {
    const auth = new Auth(options)
    for (const token of options.tokens) expect(() => auth.checkToken(bearer(token))).not.toThrow()
    for (const token of ['the-first-secre', 'the-first-secret2', 'x']) {
      expect(() => auth.checkToken(bearer(token))).toThrow(/unknown or has expired/)
    }
    expect(() => auth.checkToken(request({}))).toThrow(/got none/)
    expect(() => auth.checkToken(request({ authorization: 'Basic the-first-secret' }))).toThrow(/got none/)
  })

  it('may be short-lived, in the header or as a subprotocol, until they expire', () => {
    let now = Date.parse('2025-01-01T00:00:00Z')
    const auth = new Auth(options, () => now)
    const { token, expiresAt, expiresInSeconds } = auth.issue()
    expect(expiresAt).toBe('2025-01-01T00:01:00.000Z')
    expect(expiresInSeconds).toBe(60)
    expect(`${tokenSubprotocol}${token}`).toMatch(/^[\w.-]+$/)
    now += 59_000
    expect(() => auth.checkToken(bearer(token))).not.toThrow()
    expect(() => auth.checkToken(offering(token))).not.toThrow()
    // Nor can they beget others, nor does the lasting token travel where proxies log it.
    expect(() => auth.checkToken(bearer(token), { shortLived: false })).toThrow(/token/)
    expect(() => auth.checkToken(offering('the-first-secret'))).toThrow(/token/)
    now += 1000
    expect(() => auth.checkToken(bearer(token))).toThrow(/expired/)
  })

  it('cannot be altered or signed by another, and hold for every server of the same secret', () => {
    const { token } = new Auth(options).issue()
    expect(() => new Auth(options).checkToken(bearer(token))).not.toThrow()
    expect(() =>
      new Auth({ ...options, tokens: ['one-of-another-server'] }).checkToken(bearer(token)),
    ).toThrow(/token/)
    const [expires, nonce, signature] = token.split('.')
    for (const forged of [
      `${Number(expires) + 1}.${nonce}.${signature}`,
      `${expires}.${nonce}.${signature}x`,
      `${expires}.${nonce}.${signature}.x`,
      `${expires}.${nonce}`,
      `${expires}.${nonce}.`,
    ]) {
      expect(() => new Auth(options).checkToken(bearer(forged))).toThrow(/token/)
    }
  })

  it('are not asked for where none is configured', () => {
    const auth = new Auth({ ...options, tokens: [] })
    expect(auth.isOpen).toBe(true)
    expect(() => auth.checkToken(request({}))).not.toThrow()
  })

  it('and origins are checked when the server is made', () => {
    const short = /^tokens\[1\]: got \d+ characters, expected at least 6, better 16; make one with: node -p /
    for (const token of ['', 'k', 'short']) {
      expect(() => new Auth({ ...options, tokens: ['the-first-secret', token] })).toThrow(short)
    }
    for (const token of ['alpha-alpha-alpha,beta', 'with a space in it', 'ünïcodé-ünïcodé-x']) {
      expect(() => new Auth({ ...options, tokens: [token] })).toThrow(/^tokens\[0\]: got a token with other/)
    }
    for (const origin of ['friend.example', 'https://friend.example/', '*']) {
      expect(() => new Auth({ ...options, allowedOrigins: [origin] })).toThrow(/allowedOrigins: got/)
    }
  })
})

describe('Origin and Host', () => {
  it('let in programs, our own pages and those of friends', () => {
    const auth = new Auth(options)
    const welcome = [{}, { origin: 'https://voice.example' }, { origin: 'https://friend.example' }]
    for (const headers of welcome) expect(() => auth.checkOrigin(request(headers))).not.toThrow()
    for (const origin of ['https://evil.example', 'https://voice.example.evil.example', 'null']) {
      expect(() => auth.checkOrigin(request({ origin }))).toThrow(/Origin: got/)
    }
  })

  it('must name this machine where no token protects it', () => {
    const auth = new Auth({ ...options, tokens: [] })
    for (const host of ['localhost', 'localhost:8080', '127.0.0.1:80', '[::1]:9']) {
      expect(() => auth.checkOrigin(request({ host }))).not.toThrow()
    }
    for (const host of ['voice.example', 'localhost.evil.example', '127.0.0.1.evil.example', '']) {
      expect(() => auth.checkOrigin(request({ host }))).toThrow(/Host: got/)
    }
    const elsewhere = new Auth({ ...options, tokens: [], loopbackOnly: false })
    expect(() => elsewhere.checkOrigin(request({}))).not.toThrow()
  })
})
