import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** A TCP proxy before a server, whose traffic can be held or cut: a bad network. */
export class NetworkProxy {
  private readonly pairs = new Set<{ readonly page: Socket; readonly server: Socket }>()
  private trap: { left: number; readonly action: () => void } | undefined

  private constructor(
    private readonly listener: Server,
    serverPort: number,
  ) {
    listener.on('connection', (page) => {
      const server = connect(serverPort, '127.0.0.1')
      const pair = { page, server }
      this.pairs.add(pair)
      page.pipe(server)
      server.on('data', (bytes) => {
        page.write(bytes)
        this.count(bytes.length)
      })
      const end = () => {
        this.pairs.delete(pair)
        page.destroy()
        server.destroy()
      }
      for (const socket of [page, server]) socket.on('error', end).on('close', end)
    })
  }

  static async start(serverPort: number): Promise<NetworkProxy> {
    const listener = createServer()
    listener.listen(0, '127.0.0.1')
    await once(listener, 'listening')
    return new NetworkProxy(listener, serverPort)
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.listener.address() as AddressInfo).port}`
  }

  /** Acts once so many more bytes have gone to the page, which a busy machine cannot miss. */
  after(bytes: number, action: () => void): void {
    this.trap = { left: bytes, action }
  }

  /** Nothing from the server reaches the page until `release`. */
  hold(): void {
    for (const { server } of this.pairs) server.pause()
  }

  release(): void {
    for (const { server } of this.pairs) server.resume()
  }

  /** Ends all connections, as if a cable were pulled for a moment. */
  cut(): void {
    for (const { page, server } of this.pairs) {
      page.resetAndDestroy()
      server.destroy()
    }
  }

  async stop(): Promise<void> {
    this.listener.close()
    for (const { page } of this.pairs) page.destroy()
    await once(this.listener, 'close')
  }

  private count(bytes: number): void {
    const { trap } = this
    if (trap === undefined) return
    trap.left -= bytes
    if (trap.left > 0) return
    this.trap = undefined
    trap.action()
  }
}
