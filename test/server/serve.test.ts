import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { logMel, melPresets } from '../../src/audio/mel.js'
import { RawClient } from './raw-client.js'

let child: ChildProcess | undefined

afterEach(async () => {
  if (child === undefined || child.exitCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
})

/** `glowcast serve` of the last build; resolves once it has printed what is looked for, or ended. */
async function serve(...options: string[]): Promise<{ output: () => string; port: number }> {
  child = spawn(process.execPath, ['dist/src/cli.js', 'serve', ...options], { stdio: 'pipe' })
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

it('serves, and on SIGTERM lets a stream finish and exits with 0', async () => {
  const { port, output } = await serve('--port', '0', '--threads', '1')
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

it('tells who asks while it starts to come again', async () => {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const { port } = probe.address() as { port: number }
  await new Promise((resolve) => probe.close(resolve))
  const starting = serve('--port', `${port}`, '--threads', '1')
  const ready = `http://127.0.0.1:${port}/readyz`
  let first: Response | undefined
  while (first === undefined) {
    first = await fetch(ready).catch(() => undefined)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  expect(first.status).toBe(503)
  expect(await first.json()).toMatchObject({ error: { code: 'overloaded' } })
  await starting
  expect((await fetch(ready)).status).toBe(200)
})

it('says that a port is taken, and ends', async () => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const { port } = other.address() as { port: number }
  try {
    const { output } = await serve('--port', `${port}`)
    expect(output()).toMatch(new RegExp(`--port: got ${port}, which is taken, expected a free port`))
    expect(child!.exitCode).toBe(1)
  } finally {
    other.close()
  }
})

it('names an option that is wrong', async () => {
  const { output } = await serve('--port', 'x')
  expect(output()).toMatch(/--port.*x.*whole number/)
  expect(child!.exitCode).toBe(1)
  const { output: second } = await serve('--port', '0', '--model', '/nowhere')
  expect(second()).toMatch(/nowhere.*no such file/)
  expect(child!.exitCode).toBe(1)
})
