import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { logMel, melPresets } from '../../src/audio/mel/mel.js'
import { serve as serveHere } from '../../src/cli/commands/serve.js'
import { saveModelFolder } from '../../src/models/files/model-folder.js'
import { built } from '../built.js'
import { builtCommand } from '../cli/built-command.js'
import { runCli } from '../cli/memory-io.js'
import { tinyConfig, tinyWeights } from '../tiny-model.js'
import { RawClient } from './raw-client.js'

let child: ChildProcess | undefined
/** Of a model that loads fast: what is told of the server is told whichever it serves. */
let tinyFolder: string

beforeAll(async () => {
  await built('server', 'wasm', 'web')
  tinyFolder = await mkdtemp(join(tmpdir(), 'glowcast-serve-'))
  await saveModelFolder(tinyFolder, { config: tinyConfig, weights: tinyWeights(), card: '# tiny\n' })
})
afterAll(() => rm(tinyFolder, { recursive: true }))
afterEach(async () => {
  if (child === undefined || child.exitCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
})

/** `glowcast serve` of the last build; resolves once it has printed what is looked for, or ended. */
async function serve(...options: string[]): Promise<{ output: () => string; port: number }> {
  return serveWith({}, ...options)
}

async function serveWith(
  variables: Record<string, string>,
  ...options: string[]
): Promise<{ output: () => string; port: number }> {
  const env = { ...process.env, ...variables }
  child = spawn(process.execPath, [builtCommand, 'serve', ...options], { stdio: 'pipe', env })
  let output = ''
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.on('data', (part) => {
      output += part
    })
  }
  const ended = once(child, 'exit')
  const address = /listens on http:\/\/127\.0\.0\.1:(\d+)\//
  while (!address.test(output) && child.exitCode === null) {
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 50))])
  }
  return { output: () => output, port: Number(address.exec(output)?.[1]) }
}

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const { port } = probe.address() as { port: number }
  await new Promise((resolve) => probe.close(resolve))
  return port
}

it('tells who asks while it starts to come again, serves, and on SIGTERM lets a stream finish and exits with 0', async () => {
  const port = await freePort()
  const starting = serve('--port', `${port}`, '--threads', '1', '--model', tinyFolder)
  const ready = `http://127.0.0.1:${port}/readyz`
  let first: Response | undefined
  while (first === undefined) {
    first = await fetch(ready).catch(() => undefined)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  expect(first.status).toBe(503)
  expect(await first.json()).toMatchObject({ error: { code: 'overloaded' } })
  const { output } = await starting
  expect((await fetch(ready)).status).toBe(200)
  expect(output()).toMatch(/no token is set/)
  const client = await RawClient.connect(`ws://127.0.0.1:${port}/v1/stream`)
  const mel = logMel(
    Float32Array.from({ length: 256 * 100 }, (_, n) => 0.1 * Math.sin(n / 20)),
    melPresets['nvidia-22k'],
  )
  client.open(1, { credit: 1000 })
  client.mel(1, 0, 0, mel.data)
  await client.until(() => client.samples(1).length === 1000)
  child!.kill('SIGTERM')
  await client.next('draining')
  client.send({ type: 'end', stream: 1 })
  client.send({ type: 'credit', stream: 1, samples: 1e6 })
  expect(await client.next('done', 1)).toMatchObject({ frames: 100, samples: 25_600 })
  expect(client.samples(1)).toHaveLength(25_600)
  const [code] = await once(child!, 'exit')
  expect(code).toBe(0)
  expect(output()).toMatch(/"msg":"stopped"/)
})

it('ends in order on SIGTERM while it starts', async () => {
  const port = await freePort()
  const starting = serve('--port', `${port}`, '--threads', '2')
  while ((await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined)) === undefined) {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  child!.kill('SIGTERM')
  const [code] = await once(child!, 'exit')
  expect(code).toBe(0)
  const { output } = await starting
  expect(output()).toMatch(/"signal":"SIGTERM","msg":"stopping"/)
  expect(output()).toMatch(/"msg":"stopped before it was ready"/)
  expect(output()).not.toMatch(/"msg":"ready"/)
})

it('says that a port is taken, and ends', async () => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const { port } = other.address() as { port: number }
  try {
    const { code, stderr } = await runCli(['serve', '--port', `${port}`])
    expect(stderr).toMatch(new RegExp(`--port: got ${port}, which is taken, expected a free port`))
    expect(code).toBe(1)
  } finally {
    other.close()
  }
})

it('takes the next port where nobody asked for one, and the one that PORT asks for', async () => {
  const other = createServer()
  // Where the port is taken by somebody else, all is as it should be.
  other.on('error', () => undefined)
  other.listen(8080, '127.0.0.1')
  try {
    const { output } = await serveWith({ PORT: '' }, '--model', '/nowhere')
    expect(output()).toMatch(/"port":8080,"msg":"the port is taken: 80\d\d is used instead"/)
    expect(output()).toMatch(/nowhere.*no such file/)
    expect(child!.exitCode).toBe(1)
  } finally {
    other.close()
  }
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  const { port } = taken.address() as { port: number }
  try {
    vi.stubEnv('PORT', `${port}`)
    const { stderr } = await runCli(['serve'])
    expect(stderr).toMatch(new RegExp(`glowcast: PORT: got ${port}, which is taken`))
  } finally {
    vi.unstubAllEnvs()
    taken.close()
  }
})

it('reads lists from the environment, and lets requests finish on SIGHUP', async () => {
  const tokens = ['the-first-token-of-two', 'the-second-token-of-two']
  const { port, output } = await serveWith(
    { GLOWCAST_TOKEN: tokens.join(', '), GLOWCAST_ALLOWED_ORIGINS: 'https://a.test,https://b.test' },
    ...['--port', '0', '--threads', '1', '--model', tinyFolder],
  )
  for (const [index, origin] of ['https://a.test', 'https://b.test'].entries()) {
    const headers = { Authorization: `Bearer ${tokens[index]}`, Origin: origin }
    const response = await fetch(`http://127.0.0.1:${port}/v1/models`, { headers })
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([200, origin])
  }
  const body = Buffer.from(new Float32Array(10 * 80).fill(-6).buffer)
  const upload = request({
    ...{ host: '127.0.0.1', port, path: '/v1/vocode', method: 'POST' },
    headers: {
      Authorization: `Bearer ${tokens[0]}`,
      'Content-Type': 'application/octet-stream',
      'Content-Length': body.length,
    },
  })
  upload.write(body.subarray(0, 100))
  await new Promise((resolve) => setTimeout(resolve, 300))
  child!.kill('SIGHUP')
  while (!output().includes('"signal":"SIGHUP"')) await new Promise((resolve) => setTimeout(resolve, 20))
  // Longer than connections without a request are given.
  await new Promise((resolve) => setTimeout(resolve, 1500))
  upload.end(body.subarray(100))
  const [response] = await once(upload, 'response')
  expect(response.statusCode).toBe(200)
  let bytes = 0
  for await (const part of response) bytes += part.length
  expect(bytes).toBe(44 + 10 * 256 * 2)
  const [code] = await once(child!, 'exit')
  expect(code).toBe(0)
})

it('names an option that is wrong', async () => {
  const { code, stderr } = await runCli(['serve', '--port', '80000'])
  expect(stderr).toMatch(/--port.*80000.*whole number from 0 to 65535/)
  expect(code).toBe(1)
})

it.each<[string, object, RegExp]>([
  ['token', { token: ['the-first-token-of-two,,the-second'] }, /^GLOWCAST_TOKEN: got an empty entry/],
  ['token', { token: [''] }, /^GLOWCAST_TOKEN: got nothing, expected values apart by commas/],
  ['allowedOrigins', { allowedOrigins: [' '] }, /^GLOWCAST_ALLOWED_ORIGINS: got nothing/],
  ['group', { group: ['anna,'] }, /^GLOWCAST_GROUP: got an empty entry/],
  ['token', { token: ['alpha, beta'] }, /^tokens\[0\]: got 5 characters, expected at least 6/],
])('refuses a list in the environment of %s that is wrong', async (name, values, message) => {
  const options = {
    host: '127.0.0.1',
    port: 0,
    model: '/nowhere',
    threads: 1,
    trustedProxies: 0,
    logLevel: 'error' as const,
  }
  const source = (option: string) => (option === name ? 'env' : 'cli')
  await expect(serveHere({ ...options, ...values }, source)).rejects.toThrow(message)
})
