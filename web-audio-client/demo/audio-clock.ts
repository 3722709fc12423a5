/** What is asked of an AudioContext. */
export type ClockedContext = Pick<
  AudioContext,
  'currentTime' | 'baseLatency' | 'outputLatency' | 'getOutputTimestamp'
>

/**
 * When a moment of the context's time reached the ear, on the clock of `performance.now()`.
 *
 * A browser's output timestamp is zero, or that of an earlier run, until the loudspeaker has played something: only one
 * that lies behind the moment tells when it was heard. Browsers without timestamps are asked for their latency.
 *
 * @param seconds of the context's time
 * @param nowMs `performance.now()`
 * @returns ms, or undefined: not yet
 */
export function heardAtMs(context: ClockedContext, seconds: number, nowMs: number): number | undefined {
  const { contextTime = 0, performanceTime = 0 } = context.getOutputTimestamp?.() ?? {}
  if (contextTime > 0 && performanceTime > 0) {
    return contextTime < seconds ? undefined : performanceTime - 1000 * (contextTime - seconds)
  }
  // Safari knows no output latency; 0 where a browser cannot tell.
  const latency = context.outputLatency || context.baseLatency || 0
  const agoSeconds = context.currentTime - seconds - latency
  return agoSeconds < 0 ? undefined : nowMs - 1000 * agoSeconds
}
