import { type ServerMessage, subprotocol } from '../../src/protocol/messages.js'
import { protocolLimits } from '../operations/limits.js'
import type { SessionContext } from '../streams/context.js'

/** The first message of a connection: what there is, and what is allowed. */
export function readyMessage({ backend, limits, scoring }: SessionContext): ServerMessage {
  return {
    type: 'ready',
    protocol: subprotocol,
    models: [backend.model],
    limits: protocolLimits(limits),
    ...(scoring === undefined ? {} : { scoring: { groups: scoring.groups } }),
  }
}
