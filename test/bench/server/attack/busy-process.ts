import { setPriority } from 'node:os'
import { niceness } from './adversary-load.js'

/** Takes a share of a core, as the adversary did, and does nothing with it: `node busy-process.js SHARE SECONDS`. */
setPriority(niceness)
const [share = 0, seconds = 8] = process.argv.slice(2).map(Number)
const sliceMs = 10
const until = performance.now() + 1000 * seconds
const started = process.cpuUsage()
const begun = performance.now()
const usedMs = () => {
  const { user, system } = process.cpuUsage(started)
  return (user + system) / 1000
}
while (performance.now() < until) {
  if (usedMs() >= share * (performance.now() - begun))
    await new Promise((resolve) => setTimeout(resolve, sliceMs))
}
