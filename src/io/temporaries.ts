import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { readdir, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isRunning, processSpaceTag } from './processes.js'

/** Names of files and folders that are not finished: whose they are, and nothing of what they become. */
const temporaryName = /^\.glowcast-([0-9a-f]{6})-(\d+)-[0-9a-f]{12}\.part$/

/** Of another machine or container, which cannot be asked: what is older is left behind. */
const foreignMs = 7 * 24 * 3600 * 1000

const open = new Set<string>()
const swept = new Set<string>()

/** Whether a name is of something that was never finished. */
export function isTemporary(name: string): boolean {
  return temporaryName.test(name)
}

/**
 * A new name in the folder of `target`, for what is written aside. What earlier runs that were killed left in that folder
 * is removed, once a process.
 */
export async function newTemporary(target: string): Promise<string> {
  const folder = dirname(target)
  if (!swept.has(folder)) {
    await sweep(folder)
    swept.add(folder)
  }
  const path = join(
    folder,
    `.glowcast-${processSpaceTag}-${process.pid}-${randomBytes(6).toString('hex')}.part`,
  )
  open.add(path)
  return path
}

/** Has a path removed by `removeTemporaries`, such as a lock that this process holds. */
export function removeOnSignal(path: string): void {
  open.add(path)
}

/** To be told when a temporary was renamed or removed. */
export function forget(path: string): void {
  open.delete(path)
}

/** Removes all that is not finished, at once: for a process that a signal ends. */
export function removeTemporaries(): void {
  for (const path of open) rmSync(path, { recursive: true, force: true })
  open.clear()
}

async function sweep(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  for (const name of names) {
    const [, host, pid] = temporaryName.exec(name) ?? []
    if (host === undefined) continue
    const path = join(folder, name)
    const stats = await stat(path).catch(() => undefined)
    if (stats === undefined || !isAbandoned(host, Number(pid), stats.mtimeMs)) continue
    await rm(path, { recursive: true, force: true }).catch(() => undefined)
  }
}

function isAbandoned(host: string, pid: number, changedMs: number): boolean {
  const now = Date.now()
  if (host !== processSpaceTag) return now - changedMs > foreignMs
  // In containers every run may have the same id. Other threads of this process write too.
  return pid === process.pid ? changedMs < now - 1000 * process.uptime() : !isRunning(pid)
}
