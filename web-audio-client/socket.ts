/** What the client uses of a WebSocket: the browser's, or `ws` in Node. */
export interface Socket {
  binaryType: string
  send(data: string | Uint8Array<ArrayBuffer>): void
  close(code?: number, reason?: string): void
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void
  addEventListener(type: 'close', listener: (event: { code: number; reason: string }) => void): void
  addEventListener(type: 'error', listener: () => void): void
}

export type CreateSocket = (url: string, subprotocols: string[]) => Socket

export const browserSocket: CreateSocket = (url, subprotocols) => new WebSocket(url, subprotocols)
