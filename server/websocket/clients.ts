import type { IncomingMessage } from 'node:http'
import type { Auth } from '../operations/auth.js'
import type { PermitHolder } from '../synthesis/admission.js'
import { remoteNetwork } from './remote-address.js'
import { Traffic, type TrafficLimits } from './traffic.js'

/** A client may send as much as so many busy connections. */
const busySockets = 4

/** What one of a client's connections may send when all of them together send more than the client may. */
export function partOfClient(
  limits: TrafficLimits,
  client: Pick<Client, 'sockets'>,
  now?: () => number,
): Traffic {
  return new Traffic(limits, () => Math.min(1, busySockets / Math.max(1, client.sockets)), now)
}

/** Whoever connects, with any number of connections: the holder of a token, or whoever has an address. */
export interface Client extends PermitHolder {
  readonly name: string
  readonly traffic: Traffic
  sockets: number
}

/** Those that are connected, and those whose traffic is not yet paid for. */
export class Clients {
  private readonly known = new Map<string, Client>()

  constructor(
    private readonly auth: Pick<Auth, 'holderOf'>,
    private readonly limits: TrafficLimits & { readonly trustedProxies: number },
  ) {}

  get size(): number {
    return this.known.size
  }

  /** Whose request this is, which has a token that is let in. */
  of(request: IncomingMessage): Client {
    const holder = this.auth.holderOf(request)
    const name =
      holder === undefined
        ? `address ${remoteNetwork(request, this.limits.trustedProxies)}`
        : `token ${holder}`
    const client = this.known.get(name) ?? {
      name,
      hasToken: holder !== undefined,
      traffic: new Traffic(this.limits, () => busySockets),
      sockets: 0,
      permits: 0,
    }
    return client
  }

  /** A connection of the client was let in. @returns to be called when it is closed */
  acquire(client: Client): () => void {
    this.forgetIdle()
    this.known.set(client.name, client)
    client.sockets += 1
    return () => {
      client.sockets -= 1
    }
  }

  private forgetIdle(): void {
    for (const [name, { sockets, permits, traffic }] of this.known) {
      if (sockets === 0 && permits === 0 && traffic.isIdle) this.known.delete(name)
    }
  }
}
