import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packageFolder } from '../../../src/package-root.js'
import { sleep } from './figures.js'

/** All threads have collected their garbage by then. */
const collectingMs = 1500

/** A server in a process of its own, so that the load's work does not count as its. */
export class ServerProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
    readonly capacity: number,
  ) {}

  /** The stand-alone server with the shipped model. */
  static serve(...options: string[]): Promise<ServerProcess> {
    return ServerProcess.start('src/cli/main.js', [
      'serve',
      '--port',
      '0',
      '--log-level',
      'error',
      ...options,
    ])
  }

  /** The server with the shipped model and that capacity; `collectGarbage` then does what it says. */
  static serveForSoak(capacity: number): Promise<ServerProcess> {
    const module = join(packageFolder(), 'dist', 'test/bench/server/collect-garbage.js')
    const nodeOptions = ['--expose-gc', '--import', module]
    return ServerProcess.start('test/bench/server/soak/server.js', [`${capacity}`], nodeOptions)
  }

  /** The same endpoint with a backend that costs nothing. */
  static mock(...options: string[]): Promise<ServerProcess> {
    return ServerProcess.start('test/bench/server/mock-server.js', options)
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}/v1/stream`
  }

  get pid(): number {
    return this.child.pid!
  }

  private static async start(
    module: string,
    options: string[],
    nodeOptions: string[] = [],
  ): Promise<ServerProcess> {
    const path = join(packageFolder(), 'dist', module)
    const child = spawn(process.execPath, [...nodeOptions, path, ...options], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let output = ''
    child.stdout!.on('data', (part) => {
      output += part
    })
    const wanted = /http:\/\/127\.0\.0\.1:(\d+)\/ and carries (\d+)/
    while (!wanted.test(output)) {
      if (child.exitCode !== null) throw new Error(`the server ended: ${output}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    const [, port, capacity] = wanted.exec(output)!
    return new ServerProcess(child, Number(port), Number(capacity))
  }

  /** Throws garbage away in all its threads. */
  async collectGarbage(): Promise<void> {
    this.child.kill('SIGUSR2')
    await sleep(collectingMs)
  }

  /** Resident memory in MB. */
  async residentMb(): Promise<number> {
    const status = await readFile(`/proc/${this.pid}/status`, 'utf8')
    return Number(/^VmRSS:\s+(\d+)/m.exec(status)![1]) / 1024
  }

  /** Time that its threads have spent on cores, in ms. */
  async cpuMs(): Promise<number> {
    const fields = (await readFile(`/proc/${this.pid}/stat`, 'utf8')).split(') ')[1]!.split(' ')
    // User and system time in ticks of 10 ms.
    return 10 * (Number(fields[11]) + Number(fields[12]))
  }

  /** A figure of `/metrics`. */
  async metric(name: string): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${this.port}/metrics`)).text()
    return Number(new RegExp(`^${name} (\\S+)`, 'm').exec(text)?.[1])
  }

  /** Ends it; how long that took, and its exit code. */
  async stop(): Promise<{ ms: number; code: number | null }> {
    const started = performance.now()
    if (this.child.exitCode !== null) return { ms: 0, code: this.child.exitCode }
    this.child.kill('SIGTERM')
    const [code] = (await once(this.child, 'exit')) as [number | null]
    return { ms: performance.now() - started, code }
  }
}
