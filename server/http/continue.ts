import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'

/** Requests whose clients send their body only once they are told to. */
const held = new WeakMap<IncomingMessage, ServerResponse>()

/** For `checkContinue`: a client that asks first (`Expect: 100-continue`) sends no body that is refused. */
export function holdBody(listener: RequestListener): RequestListener {
  return (request, response) => {
    held.set(request, response)
    // Whoever is answered without being told may send the body all the same, or the next request.
    response.setHeader('Connection', 'close')
    listener(request, response)
  }
}

/** Whether the client still waits to be told to send its body. */
export function isHeld(request: IncomingMessage): boolean {
  return held.has(request)
}

/** The body is wanted. */
export function letContinue(request: IncomingMessage): void {
  const response = held.get(request)
  if (response === undefined) return
  held.delete(request)
  response.removeHeader('Connection')
  response.writeContinue()
}
