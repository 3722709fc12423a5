import { closeSync, constants, fstatSync, openSync, type Stats, write as writeDescriptor } from 'node:fs'
import { access, type FileHandle, lstat, open, readlink, rename, rm, stat } from 'node:fs/promises'
import { Socket } from 'node:net'
import { dirname, resolve } from 'node:path'
import type { Writable } from 'node:stream'
import { promisify } from 'node:util'
import { GlowcastError } from '../errors.js'
import { WriteError, writeError } from './system-error.js'
import { forget, newTemporary } from './temporaries.js'

/**
 * Something that is written from its start to its end. A file is written aside, in the folder that it goes to, and gets its
 * name when all of it is on the disk: until then, and for ever when it is discarded, an earlier file of that name is what
 * it was.
 */
export interface Output {
  /** Appends bytes; wait for its end before the next call. @throws WriteError */
  write(bytes: Uint8Array): Promise<void>
  /** Replaces bytes that were written; absent where they are gone, as in a pipe. @throws WriteError */
  readonly rewrite?: (bytes: Uint8Array, offset: number) => Promise<void>
  /** Makes it last. Call this or `discard`, once. @throws WriteError */
  commit(): Promise<void>
  /** Leaves no trace of it, where it can be. */
  discard(): Promise<void>
}

/** Most links that lead from one to the next, as in Linux. */
const maxLinks = 40

/** The process's own open files, which a rename would not reach. */
const openFile = /^\/(dev\/(std(in|out|err)|fd\/\d+)|proc\/(self|thread-self|\d+)(\/task\/\d+)?\/fd\/\d+)$/
const standardOutput = /^\/(dev\/stdout|dev\/fd\/1|proc\/self\/fd\/1)$/

const ownDescriptor = /^\/(?:dev\/fd|proc\/self\/fd)\/(\d+)$/

/** Whether a path says the standard output. */
export function isStandardOutput(path: string): boolean {
  return path === '-' || standardOutput.test(path)
}

/**
 * Opens a path for writing. A link stays a link: the file that it leads to is replaced. Devices and pipes are written as
 * they are. `-` is the standard output.
 *
 * @throws WriteError when it cannot be written
 */
export async function openOutput(path: string, stdout: Writable = process.stdout): Promise<Output> {
  if (isStandardOutput(path)) return streamOutput(stdout, '-', false)
  try {
    const target = await targetOf(path)
    if (target === undefined) return await openDescriptor(path)
    if (/[/\\]$/.test(path)) throw notAFile(path)
    const before = await stat(target).catch(missing)
    if (before?.isDirectory() === true) throw notAFile(path)
    if (before !== undefined && !before.isFile()) return await openDevice(path)
    if (before !== undefined) await access(target, constants.W_OK)
    return await openAside(path, target, before)
  } catch (cause) {
    throw writeError(path, cause)
  }
}

/**
 * Writes a file as a whole, or leaves what was there.
 *
 * @throws WriteError
 */
export async function writeFileAside(
  path: string,
  content: Uint8Array | string,
  stdout?: Writable,
): Promise<void> {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
  const output = await openOutput(path, stdout)
  try {
    await output.write(bytes)
    await output.commit()
  } catch (error) {
    await output.discard()
    throw error
  }
}

/** Makes what was renamed in a folder last, where the system can. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined)
  if (handle === undefined) return
  // Some file systems do not know it of folders.
  await handle.sync().catch(() => undefined)
  await handle.close()
}

function missing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}

/** Where links lead in the end, be there a file or not; undefined for an open file of this process. */
async function targetOf(path: string): Promise<string | undefined> {
  let at = resolve(path)
  for (let links = 0; links < maxLinks; links++) {
    if (openFile.test(at)) return undefined
    const stats = await lstat(at).catch(missing)
    if (stats === undefined || !stats.isSymbolicLink()) return at
    at = resolve(dirname(at), await readlink(at))
  }
  throw Object.assign(new Error('too many links'), { code: 'ELOOP' })
}

async function openAside(path: string, target: string, before: Stats | undefined): Promise<Output> {
  const temporary = await newTemporary(target)
  const file = await open(temporary, 'wx')
  const fail = (cause: unknown): never => {
    throw writeError(path, cause)
  }
  let end = 0
  let isClosed = false
  const close = async () => {
    if (!isClosed) await file.close()
    isClosed = true
  }
  return {
    async write(bytes) {
      await writeAt(file, bytes, end).catch(fail)
      end += bytes.length
    },
    rewrite: (bytes, offset) => writeAt(file, bytes, offset).catch(fail),
    async commit() {
      try {
        if (before !== undefined) await keepOwner(file, before)
        await file.sync()
        await close()
        await rename(temporary, target)
        forget(temporary)
        await syncFolder(dirname(target))
      } catch (cause) {
        fail(cause)
      }
    },
    async discard() {
      await close().catch(() => undefined)
      await rm(temporary, { force: true })
      forget(temporary)
    },
  }
}

function notAFile(path: string): WriteError {
  const message = `${path}: a folder, not a file; give the name of the file, too`
  return new WriteError('IO', path, 'a folder', 'a file', { message })
}

/** As far as the file system knows them and the user may: root does not take a file from its owner by writing it. */
async function keepOwner(file: FileHandle, { uid, gid, mode }: Stats): Promise<void> {
  const now = await file.stat()
  if (now.uid !== uid || now.gid !== gid) await file.chown(uid, gid).catch(() => undefined)
  await file.chmod(mode & 0o7777).catch(() => undefined)
}

/** A single write may take less than it was given. */
async function writeAt(file: FileHandle, bytes: Uint8Array, offset: number): Promise<void> {
  let written = 0
  while (written < bytes.length) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, offset + written)
    written += bytesWritten
  }
}

const writeSome = promisify(writeDescriptor)

/** What this process was given open is written where it stands: opening it again would empty a file that is appended to. */
async function openDescriptor(path: string): Promise<Output> {
  const given = path === '/dev/stderr' ? '2' : ownDescriptor.exec(path)?.[1]
  if (given === undefined) return openDevice(path)
  const descriptor = Number(given)
  fstatSync(descriptor)
  return {
    async write(bytes) {
      try {
        for (let at = 0; at < bytes.length; ) {
          at += (await writeSome(descriptor, bytes, at, bytes.length - at, null)).bytesWritten
        }
      } catch (cause) {
        throw writeError(path, cause)
      }
    },
    commit: async () => undefined,
    discard: async () => undefined,
  }
}

async function openDevice(path: string): Promise<Output> {
  const descriptor = openAtOnce(path)
  if (fstatSync(descriptor).isFIFO()) {
    return streamOutput(new Socket({ fd: descriptor, readable: false, writable: true }), path, true)
  }
  closeSync(descriptor)
  const file = await open(path, 'w')
  return {
    // Without an offset: a device has none.
    async write(bytes) {
      try {
        await file.writeFile(bytes)
      } catch (cause) {
        throw writeError(path, cause)
      }
    },
    commit: () => file.close(),
    discard: () => file.close().catch(() => undefined),
  }
}

/** Waits for nobody: opening a pipe that nothing reads from would do so for ever. */
function openAtOnce(path: string): number {
  try {
    return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENXIO') throw cause
    const got = 'a pipe that nothing reads from'
    throw new WriteError('IO', path, got, 'a pipe that is read', { cause, message: `${path}: ${got}` })
  }
}

function streamOutput(stream: Writable, path: string, ends: boolean): Output {
  const end = () => new Promise<void>((done) => (ends ? stream.end(() => done()) : done()))
  return {
    write: (bytes) =>
      new Promise((done, reject) => {
        const failed = (cause: Error) => reject(writeError(path, cause))
        stream.once('error', failed)
        stream.write(bytes, (cause) => {
          // The stream tells of a failure by an event too, later than here.
          if (cause) return failed(cause)
          stream.off('error', failed)
          done()
        })
      }),
    commit: end,
    discard: async () => {
      if (ends) stream.destroy()
    },
  }
}

/**
 * That what is written goes to a file of a format.
 *
 * @param formats endings with their dots
 * @throws GlowcastError INVALID_ARGUMENT for another ending, IO for the name of a folder
 */
export function assertEnding(path: string, formats: readonly string[], what: string): void {
  if (/[/\\]$/.test(path)) throw notAFile(path)
  const ending = /[^./\\](\.[^./\\]+)$/.exec(path)?.[1]?.toLowerCase()
  if (ending === undefined || isStandardOutput(path) || formats.includes(ending)) return
  const expected = `a name that ends in ${formats.join(' or ')}`
  const message = `${path}: ${what} is written as ${formats.join(' or ')}, not ${ending}`
  throw new GlowcastError('INVALID_ARGUMENT', path, ending, expected, { message })
}
