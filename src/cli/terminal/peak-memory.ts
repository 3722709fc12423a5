import { readFileSync } from 'node:fs'

/**
 * Most memory that this process has held, in MB. On Linux `maxRSS` also counts what the parent held when it
 * forked, so the kernel's high-water mark of this program is read there.
 */
export function peakMemoryMb(): number {
  if (process.platform === 'linux') {
    const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
    if (kilobytes !== undefined) return Number(kilobytes) / 1024
  }
  return process.resourceUsage().maxRSS / 1024
}
