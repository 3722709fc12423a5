import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packageFolder } from '../../src/package-root.js'

/** Long enough for what is sent some time after the start. */
const watchedMs = 30_000
const outside =
  /(?:connect|sendto|sendmsg)\(.*(?:htons\(53\)|sin_addr=inet_addr\("(?!127\.)|inet_pton\(AF_INET6, "(?!::1"))/

/** `node dist/test/bench/outgoing.js`: the addresses that a server speaks to, as strace sees them; none is right. */
const folder = await mkdtemp(join(tmpdir(), 'glowcast-outgoing-'))
try {
  const trace = join(folder, 'trace')
  const command = [
    process.execPath,
    join(packageFolder(), 'dist', 'src', 'cli', 'main.js'),
    'serve',
    '--port',
    '0',
  ]
  // -D: the child is the server itself, which the signal then reaches.
  const options = ['-D', '-f', '-e', 'trace=connect,sendto,sendmsg', '-o', trace]
  const child = spawn('strace', [...options, ...command, '--threads', '1'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  const address = /listens on (http:\S+)/
  for await (const part of child.stdout) {
    output += part
    if (address.test(output)) break
  }
  const url = address.exec(output)![1]!
  const body = await readFile(join(packageFolder(), 'test', 'fixtures', 'audio', 'speech.flac'))
  for (const route of ['v1/vocode', 'v1/score']) {
    const response = await fetch(`${url}${route}`, {
      method: 'POST',
      body,
      headers: { 'Content-Type': 'audio/flac' },
    })
    await response.arrayBuffer()
    console.log(`${route}: ${response.status}`)
  }
  await new Promise((resolve) => setTimeout(resolve, watchedMs))
  child.kill('SIGTERM')
  await once(child, 'exit')
  const calls = (await readFile(trace, 'utf8')).split('\n').filter((line) => outside.test(line))
  console.log(calls.length === 0 ? 'no connection leaves the machine' : calls.join('\n'))
  if (calls.length > 0) process.exitCode = 1
} finally {
  await rm(folder, { recursive: true })
}
