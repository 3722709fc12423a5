import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import express from 'express'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApp } from '../../../server/app.js'
import type { Glowcast } from '../../../server/index.js'

const script = 'console.log("the page’s own")\n'.repeat(100)

describe("The demo page's files", () => {
  let folder: string
  let server: Server
  let origin: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'glowcast-page-'))
    await mkdir(join(folder, 'assets'))
    await writeFile(join(folder, 'index.html'), '<!doctype html><meta content="./og.jpg" />')
    await writeFile(join(folder, 'og.jpg'), 'picture')
    await writeFile(join(folder, 'assets', 'index-abc123.js'), script)
    await writeFile(join(folder, 'assets', 'index-abc123.js.br'), brotliCompressSync(script))
    await writeFile(join(folder, 'assets', 'index-abc123.js.gz'), gzipSync(script))
    const glowcast = { router: () => express.Router() } as unknown as Glowcast
    server = createServer(createApp(glowcast, folder)).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })

  afterAll(async () => {
    server.closeAllConnections()
    server.close()
    await rm(folder, { recursive: true })
  })

  it.each([
    ['br, gzip', 'br'],
    ['gzip', 'gzip'],
    ['identity', null],
  ])('with a hash in their names are kept for good, and sent to %s as %s', async (accepted, encoding) => {
    const response = await fetch(`${origin}/assets/index-abc123.js`, {
      headers: { 'Accept-Encoding': accepted },
    })
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect(response.headers.get('content-encoding')).toBe(encoding)
    expect(response.headers.get('content-type')).toMatch(/^text\/javascript/)
    expect(response.headers.get('vary')).toMatch(/Accept-Encoding/)
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(await response.text()).toBe(script)
  })

  it('begin with a page that is asked for anew, and names its picture by a whole address', async () => {
    for (const path of ['/', '/index.html']) {
      const response = await fetch(`${origin}${path}`)
      expect(response.headers.get('cache-control')).toBe('no-cache')
      expect(await response.text()).toBe(`<!doctype html><meta content="${origin}/og.jpg" />`)
    }
    expect((await fetch(`${origin}/og.jpg`)).headers.get('cache-control')).toBe('public, max-age=3600')
  })

  it('take nothing from a Host that is none', async () => {
    const { port } = server.address() as AddressInfo
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(port, '127.0.0.1')
      let text = ''
      socket.on('data', (bytes) => {
        text += bytes
      })
      socket.on('close', () => resolve(text))
      socket.write('GET / HTTP/1.1\r\nHost: "><script>\r\nConnection: close\r\n\r\n')
    })
    expect(answer).toContain('content="./og.jpg"')
    expect(answer).not.toContain('<script>')
  })
})
