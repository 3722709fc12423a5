import type { Request, RequestHandler, Response } from 'express'
import type { SessionContext } from '../streams/context.js'
import { ClientGone, type Permit, type RequestPermits } from './request-permits.js'

/** A request with a body, its answer, and the permit that it has. */
export interface BodyExchange {
  readonly request: Request
  readonly response: Response
  readonly permit: Permit
}

/**
 * A route that takes a body: it has a permit until all work for it has ended, and the work ends when the client hangs up.
 *
 * @param answer sees to the body itself, so that a request that is wrong otherwise is refused before it is read
 */
export function bodyRoute(
  permits: RequestPermits,
  { admission, clients }: Pick<SessionContext, 'admission' | 'clients'>,
  answer: (exchange: BodyExchange) => Promise<void>,
): RequestHandler {
  return async (request, response) => {
    const refusal = admission.refusal()
    if (refusal !== undefined) throw refusal
    const permit = permits.acquire(clients.of(request))
    response.once('close', () => {
      if (!response.writableFinished) permit.end(new ClientGone())
    })
    try {
      await answer({ request, response, permit })
    } finally {
      permit.release()
    }
  }
}
