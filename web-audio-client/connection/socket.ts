import { refuseArgument } from './errors.js'

/** What the client uses of a WebSocket: the browser's, or `ws` in Node. */
export interface Socket {
  binaryType: string
  send(data: string | Uint8Array<ArrayBuffer>): void
  close(code?: number, reason?: string): void
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void
  addEventListener(type: 'close', listener: (event: { code: number; reason: string }) => void): void
  addEventListener(type: 'error', listener: (event: unknown) => void): void
}

export type CreateSocket = (url: string, subprotocols: string[]) => Socket

/** @throws GlowcastClientError invalid_argument where there is no WebSocket */
export const browserSocket: CreateSocket = (url, subprotocols) => {
  if (typeof WebSocket !== 'function') {
    const made = 'createSocket: (url, protocols) => new WebSocket(url, protocols)'
    refuseArgument('createSocket', 'no global WebSocket', `${made}, with WebSocket of the package "ws"`)
  }
  return new WebSocket(url, subprotocols)
}
