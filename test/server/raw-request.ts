import { connect } from 'node:net'

export interface RawAnswer {
  readonly text: string
  /** Status lines, of all answers on the connection. */
  readonly statuses: readonly number[]
  readonly closed: boolean
}

/**
 * What comes back for bytes that are written to a connection as they are.
 *
 * @param options.end half-closes the connection behind them
 * @param options.until ends the wait once it holds; default: the server has closed
 */
export function rawRequest(
  port: number,
  bytes: string | Uint8Array,
  {
    end = false,
    until = () => false,
    ms = 20_000,
  }: { end?: boolean; until?: (text: string) => boolean; ms?: number } = {},
): Promise<RawAnswer> {
  return new Promise((resolve) => {
    let text = ''
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
      if (end) socket.end()
    })
    const done = (closed: boolean) => {
      clearTimeout(timer)
      socket.destroy()
      const statuses = [...text.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status))
      resolve({ text, statuses, closed })
    }
    const timer = setTimeout(() => done(false), ms)
    socket.on('data', (part) => {
      text += part.toString('latin1')
      if (until(text)) done(false)
    })
    socket.on('error', () => undefined)
    socket.on('close', () => done(true))
  })
}
