import { draining, overloaded, type Problem } from './problem.js'

/** For each request that is worked on, so many may be open: the others wait for their clients. */
const openEach = 4
/** A client that keeps the server waiting for so long gives up its place to others. */
const patienceMs = 1000

/** What is thrown where the client of a request has hung up: nobody is left to be told. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone'
}

/** The place of one request, from its headers to the end of the work for it. */
export class Place {
  private readonly gone = new AbortController()
  /** Since when the server waits for the client: for its body, or for it to read. */
  private waiting: number | undefined
  private hasStarted = false
  private held = 0

  constructor(private readonly owner: RequestPlaces) {
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

  /** Whether the server has work to do for it, as far as it knows. */
  isWorking(now: number): boolean {
    return this.hasStarted && (this.waiting === undefined || now - this.waiting < patienceMs)
  }

  /** The server waits for the client from now on. */
  waits(): void {
    this.waiting = this.owner.now()
  }

  /** The client has read, and the work goes on. */
  goesOn(): void {
    this.waiting = undefined
  }

  /** The body is complete, and the work starts. @throws Problem overloaded */
  starts(): void {
    this.owner.requireIdle()
    this.hasStarted = true
    this.waiting = undefined
  }

  /** Bytes of the body came. @throws Problem overloaded when there is no memory for them */
  hold(bytes: number): void {
    this.held += bytes
    this.owner.requireMemory(this)
  }

  /** The body is not needed any more. */
  forgetsBody(): void {
    this.held = 0
  }

  end(reason: Error): void {
    this.gone.abort(reason)
  }

  leave(): void {
    this.owner.leave(this)
  }
}

/**
 * The requests of a route: how many are worked on, how many are open, and the bytes of their bodies. Where there is no
 * room, the one that has kept the server waiting longest makes it, so that clients that send or read nothing do not
 * lock the route.
 */
export class RequestPlaces {
  private readonly open = new Set<Place>()
  private readonly emptied: (() => void)[] = []

  constructor(
    private readonly limits: { readonly requests: number; readonly bytes: number },
    /** What is being done with the requests, for the message. */
    private readonly work: string,
    readonly now: () => number = () => performance.now(),
  ) {}

  /** @throws Problem overloaded */
  enter(): Place {
    this.requireIdle()
    if (this.open.size >= openEach * this.limits.requests && !this.makeRoom()) {
      throw overloaded(`${this.open.size} requests are open`)
    }
    const place = new Place(this)
    this.open.add(place)
    return place
  }

  /** @throws Problem overloaded when as many are worked on as may be */
  requireIdle(): void {
    const { requests } = this.limits
    const now = this.now()
    let working = 0
    for (const place of this.open) {
      if (place.isWorking(now)) working += 1
    }
    if (working >= requests) throw overloaded(`${working} requests are being ${this.work}`)
  }

  requireMemory(place: Place): void {
    let held = 0
    for (const { bytes } of this.open) held += bytes
    if (held <= this.limits.bytes || this.makeRoom(place)) return
    throw overloaded(`${held} bytes of bodies are held`)
  }

  leave(place: Place): void {
    this.open.delete(place)
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
    for (const place of this.open) place.end(draining())
  }

  /** Ends the request that has waited longest for its client, if any has for long; the rest of it may take a moment. */
  private makeRoom(except?: Place): boolean {
    const latest = this.now() - patienceMs
    let slowest: Place | undefined
    for (const place of this.open) {
      if (place === except || place.waitingSince === undefined || place.waitingSince > latest) continue
      if (slowest === undefined || place.waitingSince < slowest.waitingSince!) slowest = place
    }
    if (slowest === undefined) return false
    this.leave(slowest)
    slowest.end(makesRoom())
    return true
  }
}

function makesRoom(): Problem {
  return overloaded('the server needed the place of a client that kept it waiting')
}
