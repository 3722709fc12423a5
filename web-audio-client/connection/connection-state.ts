import type { Ready } from './connection.js'
import type { GlowcastClientError } from './errors.js'

export type ConnectionState =
  /** No connection, and none needed: the next `connect` or `open` makes one. */
  | { readonly name: 'idle' }
  | { readonly name: 'connecting' }
  | { readonly name: 'ready'; readonly ready: Ready }
  /** The connection stands, but the server owes an answer and has not been heard for some seconds. */
  | { readonly name: 'stalled'; readonly ready: Ready }
  /** The server stops soon: streams go on, new ones wait for the next connection. */
  | { readonly name: 'draining'; readonly closesInMs: number }
  /** Between two attempts. `overloaded` and `draining` as the reason's code: the server is full, or restarting. */
  | { readonly name: 'waiting'; readonly retryInMs: number; readonly reason: GlowcastClientError }
  /** For good: it was closed, or what is wrong does not heal by itself. */
  | { readonly name: 'closed'; readonly reason: GlowcastClientError }
