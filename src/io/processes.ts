import { createHash } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/** Which machine this is, for names of files: process ids mean nothing on another one. */
export const hostTag = tagOf(hostname())

/** As `hostTag`, but containers that share the name of their machine differ: they count process ids apart. */
export const processSpaceTag = tagOf(`${hostname()} ${processSpace()}`)

function tagOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 6)
}

/** Empty where the system has one space only. */
function processSpace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return ''
  }
}

/**
 * When a process started, in whatever unit the system counts, so that another one of the same id is told from it;
 * empty where the system does not say.
 */
export function startOfProcess(pid: number): string {
  try {
    // The name in parentheses may hold spaces and parentheses itself.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return fields[19] ?? ''
  } catch {
    return ''
  }
}

/** Whether a process of this machine runs, be it anybody's. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
