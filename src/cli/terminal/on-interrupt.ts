/**
 * Calls `tidy` when Ctrl-C stops the program, which then ends by the signal as it would have: threads within a call of
 * the engine survive no other end.
 *
 * @returns what ends the listening
 */
export function onInterrupt(tidy: () => void): () => void {
  const stop = () => {
    tidy()
    process.kill(process.pid, 'SIGINT')
  }
  process.once('SIGINT', stop)
  return () => process.off('SIGINT', stop)
}
