import { Readable, Writable } from 'node:stream'
import { run } from '../../src/cli/main.js'

export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stdoutBytes: Buffer
  readonly stderr: string
}

/** Runs a command line in this process. @param stdin what comes through the standard input */
export async function runCli(args: readonly string[], stdin: Iterable<Uint8Array> = []): Promise<Outcome> {
  const [stdout, stderr] = [collector(), collector()]
  const code = await run(args, { stdin: Readable.from(stdin), stdout: stdout.stream, stderr: stderr.stream })
  const stdoutBytes = stdout.bytes()
  return { code, stdout: stdoutBytes.toString(), stdoutBytes, stderr: stderr.bytes().toString() }
}

function collector() {
  const parts: Buffer[] = []
  const stream = new Writable({
    write(part: Buffer, _, done) {
      parts.push(part)
      done()
    },
  })
  return { stream, bytes: () => Buffer.concat(parts) }
}
