import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'

/** A service on a free loopback port. */
export interface Running {
  readonly port: number
  stop(): Promise<void>
}

async function listening(server: Server): Promise<Running> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export const startHttp = (answer: RequestListener): Promise<Running> => listening(createServer(answer))

/** Says `description` to each who connects, then gives its request to `speak`. */
export async function startSocket(
  description: string | Buffer,
  speak: (socket: WebSocket, request: unknown) => void,
): Promise<Running> {
  const server = createServer((_, response) => response.writeHead(426).end())
  const sockets = new WebSocketServer({ server })
  sockets.on('connection', (socket) => {
    socket.send(description)
    socket.on('message', (data) => speak(socket, JSON.parse(data.toString())))
  })
  const running = await listening(server)
  return {
    port: running.port,
    async stop() {
      for (const socket of sockets.clients) socket.terminate()
      await running.stop()
    },
  }
}

/** A mel that changes, of natural logarithms. */
export function melOf(frames: number): Float32Array {
  return Float32Array.from({ length: frames * 80 }, (_, i) => -4 + 3 * Math.sin(i * i))
}

export function bytesOf(values: Float32Array): Buffer {
  const bytes = Buffer.alloc(4 * values.length)
  values.forEach((value, i) => {
    bytes.writeFloatLE(value, 4 * i)
  })
  return bytes
}

export function rowsOf(values: Float32Array): number[][] {
  return Array.from({ length: values.length / 80 }, (_, i) => [...values.subarray(80 * i, 80 * i + 80)])
}
