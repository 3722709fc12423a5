import { link, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { GlowcastError } from '../errors.js'
import { hostTag, isRunning, startOfProcess } from './processes.js'
import { writeError } from './system-error.js'
import { forget, newTemporary, removeOnSignal } from './temporaries.js'

/** Who holds a lock. */
interface Holder {
  readonly pid: number
  readonly host: string
  /** See `startOfProcess`. */
  readonly start: string
}

export interface Lock {
  release(): Promise<void>
}

export interface LockOptions {
  /** What the holder of the lock does, for the error: "is being trained". */
  readonly doing: string
  /** How long to wait for another holder. Default 0. */
  readonly waitMs?: number
}

const pollMs = 50

/** A lock that says nobody's name is being written, as long as it is younger. */
const unsettledMs = 1000

/** A lock that is taken while it is taken over changes hands at most so often before it is given up. */
const maxTakeovers = 10

/** What file systems without hard links answer. */
const withoutLinks: ReadonlySet<unknown> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])

const held = new Set<string>()

/** Where the lock of a file or folder lies: beside a file, within a folder. */
export function lockPath(path: string, kind: 'file' | 'folder'): string {
  const absolute = resolve(path)
  return kind === 'folder'
    ? join(absolute, '.glowcast.lock')
    : join(dirname(absolute), `.glowcast-${basename(absolute)}.lock`)
}

/** Whether a name is one that `lockPath` gives. */
export function isLockName(name: string): boolean {
  return /^\.glowcast(-.+)?\.lock$/.test(name)
}

/**
 * Keeps other processes of this machine from writing the same file or folder. The lock of a process that is dead is taken
 * over.
 *
 * @throws GlowcastError IO, which names the process that holds it; WriteError
 */
export async function lock(
  path: string,
  kind: 'file' | 'folder',
  { doing, waitMs = 0 }: LockOptions,
): Promise<Lock> {
  const at = lockPath(path, kind)
  const giveUpMs = performance.now() + waitMs
  for (let takeovers = 0; ; ) {
    if (await take(at, path)) {
      held.add(at)
      removeOnSignal(at)
      return { release: () => release(at) }
    }
    const holder = await holderOf(at)
    if (holder === undefined) continue
    if (isDead(holder, at) && takeovers++ < maxTakeovers) {
      await removeStale(at, holder)
    } else if (performance.now() >= giveUpMs) {
      throw heldBy(holder, { path, at, doing })
    } else await pause(pollMs)
  }
}

/** Does something while a lock is held. @throws GlowcastError as `lock`, and what it throws */
export async function withLock<T>(
  path: string,
  kind: 'file' | 'folder',
  options: LockOptions,
  work: () => Promise<T>,
): Promise<T> {
  const { release } = await lock(path, kind, options)
  try {
    return await work()
  } finally {
    await release()
  }
}

/** Whether the lock is ours now. Its content is there from the start: it is written aside and linked. */
async function take(at: string, path: string): Promise<boolean> {
  const me: Holder = { pid: process.pid, host: hostTag, start: startOfProcess(process.pid) }
  await mkdir(dirname(at), { recursive: true }).catch((cause) => {
    throw writeError(path, cause)
  })
  let temporary: string | undefined
  try {
    temporary = await newTemporary(at)
    await writeFile(temporary, JSON.stringify(me), { flag: 'wx' })
    await link(temporary, at).catch((cause) => {
      if (!withoutLinks.has(cause.code)) throw cause
      return writeFile(at, JSON.stringify(me), { flag: 'wx' })
    })
    return true
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw writeError(path, cause)
  } finally {
    if (temporary !== undefined) {
      await rm(temporary, { force: true })
      forget(temporary)
    }
  }
}

async function release(at: string): Promise<void> {
  held.delete(at)
  await rm(at, { force: true })
  forget(at)
}

/** Undefined when it is gone. */
async function holderOf(at: string): Promise<Holder | undefined> {
  let text: string
  try {
    text = await readFile(at, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw writeError(at, cause)
  }
  try {
    const { pid, host, start } = JSON.parse(text) as Holder
    return { pid: Number(pid), host: String(host), start: String(start) }
  } catch {
    // Where there are no hard links, a lock is empty for a moment. One that stays so lost its text with the power.
    const stats = await stat(at).catch(() => undefined)
    if (stats !== undefined && Date.now() - stats.mtimeMs >= unsettledMs) {
      return { pid: 0, host: hostTag, start: '' }
    }
    await pause(pollMs)
    return undefined
  }
}

function isDead({ pid, host, start }: Holder, at: string): boolean {
  if (host !== hostTag) return false
  if (pid === process.pid && start === startOfProcess(pid)) return !held.has(at)
  return !(pid > 0 && isRunning(pid) && start === startOfProcess(pid))
}

/** Only the very lock that was looked at: another process may have taken it over meanwhile. */
async function removeStale(at: string, stale: Holder): Promise<void> {
  const aside = await newTemporary(at)
  try {
    await rename(at, aside)
    const found = await holderOf(aside)
    const isOther = found !== undefined && JSON.stringify(found) !== JSON.stringify(stale)
    if (isOther) await link(aside, at).catch(() => undefined)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw writeError(at, cause)
  } finally {
    await rm(aside, { force: true })
    forget(aside)
  }
}

function heldBy(
  { pid, host }: Holder,
  { path, at, doing }: { path: string; at: string; doing: string },
): GlowcastError {
  const isHere = host === hostTag
  const who = isHere ? `process ${pid}` : `process ${pid} of another machine`
  const expected = isHere ? 'that process to end first' : `that process to end first, or ${at} to be removed`
  const message = `${path}: ${doing} by ${who}${isHere ? '' : `; if it is dead, remove ${at}`}`
  return new GlowcastError('IO', path, `it ${doing} by ${who}`, expected, { message })
}
