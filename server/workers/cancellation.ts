/** One number that a thread looks at while it works: 1 once nobody waits for the result. */
export type CancelFlag = Int32Array<SharedArrayBuffer>

/** The flag of a job, set when the signal is. */
export function cancelFlag(signal: AbortSignal): CancelFlag {
  const flag = new Int32Array(new SharedArrayBuffer(4))
  const set = () => Atomics.store(flag, 0, 1)
  if (signal.aborted) set()
  else signal.addEventListener('abort', set, { once: true })
  return flag
}

/** Ends the work of a thread whose result nobody waits for. */
class Cancelled extends Error {
  override readonly name = 'Cancelled'
}

/** @throws Cancelled */
export function throwIfCancelled(flag: CancelFlag): void {
  if (Atomics.load(flag, 0) === 1) throw new Cancelled('the client has gone')
}
