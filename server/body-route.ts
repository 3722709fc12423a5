import type { Request, RequestHandler, Response } from 'express'
import type { Admission } from './admission.js'
import { ClientGone, type Place, type RequestPlaces } from './request-places.js'

/** A request with a body, its answer, and the place that it has. */
export interface BodyExchange {
  readonly request: Request
  readonly response: Response
  readonly place: Place
}

/**
 * A route that takes a body: it has a place until all work for it has ended, and the work ends when the client hangs up.
 *
 * @param answer sees to the body itself, so that a request that is wrong otherwise is refused before it is read
 */
export function bodyRoute(
  places: RequestPlaces,
  admission: Admission,
  answer: (exchange: BodyExchange) => Promise<void>,
): RequestHandler {
  return async (request, response) => {
    const refusal = admission.refusal()
    if (refusal !== undefined) throw refusal
    const place = places.enter()
    response.once('close', () => {
      if (!response.writableFinished) place.end(new ClientGone())
    })
    try {
      await answer({ request, response, place })
    } finally {
      place.leave()
    }
  }
}
