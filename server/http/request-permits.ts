import { type ApiError, clientLimit, draining, overloaded } from '../operations/api-error.js'
import { clientShare, type PermitHolder } from '../synthesis/admission.js'

/** For each request that is worked on, so many may be open: the others wait for their clients. */
const openEach = 4
/** An answer that is longer than this goes on beside those that come, which are not made to wait for its end. */
const answerMs = 5000
/** A client that keeps the server waiting for so long gives up its permit to others. */
const patienceMs = 1000

/** What is thrown where the client of a request has hung up: nobody is left to be told. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone'
}

/** Whose request it is. */
export type Requester = Pick<PermitHolder, 'hasToken'> & { readonly name: string }

/** The permit of one request, from its headers to the end of the work for it. */
export class Permit {
  private readonly gone = new AbortController()
  /** Since when the server waits for the client: for its body, or for it to read. */
  private waiting: number | undefined
  private answeringSince = Number.POSITIVE_INFINITY
  private hasStarted = false
  private held = 0

  constructor(
    private readonly owner: RequestPermits,
    readonly requester: Requester,
  ) {
    this.waiting = owner.now()
  }

  /** Aborted, with the reason, once the work for the request is to end. */
  get signal(): AbortSignal {
    return this.gone.signal
  }

  get bytes(): number {
    return this.held
  }

  get waitingSince(): number | undefined {
    return this.waiting
  }

  /** Whether others wait for the server's work on it. */
  isWorking(now: number): boolean {
    if (!this.hasStarted || now - this.answeringSince >= answerMs) return false
    return this.waiting === undefined || now - this.waiting < patienceMs
  }

  /** The server waits for the client from now on. */
  waits(): void {
    this.waiting = this.owner.now()
  }

  /** The client has read, and the work goes on. */
  goesOn(): void {
    this.waiting = undefined
  }

  /** The body is complete, and the work starts. @throws ApiError overloaded */
  starts(): void {
    this.owner.assertIdle(this.requester)
    this.hasStarted = true
    this.waiting = undefined
  }

  /** Bytes of the body came. @throws ApiError overloaded when there is no memory for them */
  hold(bytes: number): void {
    this.held += bytes
    this.owner.assertMemory(this)
  }

  /** Of the body only so many bytes are left, as what was made of it. */
  keeps(bytes: number): void {
    this.held = bytes
  }

  /** The work is done that must be before the answer, which is made while it is read. */
  answers(): void {
    this.answeringSince = this.owner.now()
  }

  end(reason: Error): void {
    this.gone.abort(reason)
  }

  release(): void {
    this.owner.release(this)
  }
}

/**
 * The requests of a route: how many are worked on, how many are open, and the bytes of their bodies. Where there is no
 * room, the one that has kept the server waiting longest makes it, so that clients that send or read nothing do not
 * lock the route.
 */
export class RequestPermits {
  private readonly open = new Set<Permit>()
  private readonly emptied: (() => void)[] = []

  constructor(
    private readonly limits: { readonly requests: number; readonly bytes: number },
    /** What is being done with the requests, for the message. */
    private readonly work: string,
    readonly now: () => number = () => performance.now(),
  ) {}

  /** @throws ApiError overloaded, client_limit */
  acquire(requester: Requester): Permit {
    this.assertIdle(requester)
    const maxOpen = openEach * this.limits.requests
    const own = [...this.open].filter((permit) => permit.requester.name === requester.name)
    if (isBeyondShare(requester, own.length, maxOpen) && !this.makeRoom(own)) {
      throw shareError(own.length, maxOpen, 'open')
    }
    if (this.open.size >= maxOpen && !this.makeRoom(this.open)) {
      throw overloaded(`${this.open.size} requests are open`)
    }
    const permit = new Permit(this, requester)
    this.open.add(permit)
    return permit
  }

  /** @throws ApiError overloaded when as many are worked on as may be, client_limit when too many of them are this client's */
  assertIdle(requester: Requester): void {
    const { requests } = this.limits
    const now = this.now()
    const working = [...this.open].filter((permit) => permit.isWorking(now))
    if (working.length >= requests) throw overloaded(`${working.length} requests are being ${this.work}`)
    const own = working.filter((permit) => permit.requester.name === requester.name)
    if (isBeyondShare(requester, own.length, requests)) {
      throw shareError(own.length, requests, `being ${this.work}`)
    }
  }

  assertMemory(permit: Permit): void {
    let held = 0
    for (const { bytes } of this.open) held += bytes
    if (held <= this.limits.bytes || this.makeRoom([...this.open].filter((other) => other !== permit))) return
    throw overloaded(`${held} bytes of bodies are held`)
  }

  release(permit: Permit): void {
    this.open.delete(permit)
    if (this.open.size === 0) for (const resolve of this.emptied.splice(0)) resolve()
  }

  /** Waits for the requests that are open, and ends those that still are after so long. */
  async drain(ms: number): Promise<void> {
    if (this.open.size === 0) return
    let timer: NodeJS.Timeout | undefined
    await new Promise<void>((resolve) => {
      this.emptied.push(resolve)
      timer = setTimeout(resolve, ms)
    })
    clearTimeout(timer)
    for (const permit of this.open) permit.end(draining())
  }

  /** Ends the request that has waited longest for its client, if any has for long; the rest of it may take a moment. */
  private makeRoom(among: Iterable<Permit>): boolean {
    const latest = this.now() - patienceMs
    let slowest: Permit | undefined
    for (const permit of among) {
      if (permit.waitingSince === undefined || permit.waitingSince > latest) continue
      if (slowest === undefined || permit.waitingSince < slowest.waitingSince!) slowest = permit
    }
    if (slowest === undefined) return false
    this.release(slowest)
    slowest.end(makesRoom())
    return true
  }
}

/** Whether one more is too many for a client without a token. */
function isBeyondShare({ hasToken }: Requester, held: number, all: number): boolean {
  return !hasToken && held >= Math.ceil(clientShare * all)
}

function shareError(held: number, all: number, what: string): ApiError {
  const most = Math.ceil(clientShare * all)
  return clientLimit(`requests: got one more than the ${held} of this client that are ${what}`, most)
}

function makesRoom(): ApiError {
  return overloaded('the client kept the server waiting, and another request needed its permit')
}
