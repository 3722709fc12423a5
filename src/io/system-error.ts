import { GlowcastError } from '../errors.js'

/** What system calls answer, as a person says it. */
const sayings: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'a folder, not a file',
  ENOTDIR: 'a part of this path is a file, not a folder',
  EEXIST: 'a file of this name is in the way',
  ENOSPC: 'no space left on the disk',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the file system is read-only',
  EMFILE: 'too many open files',
  ENFILE: 'too many open files',
  ELOOP: 'symbolic links that lead in a circle',
  ENAMETOOLONG: 'the name is too long',
  EFBIG: 'the file is too large for its file system',
  EIO: 'the disk reports an error',
  EPIPE: 'the reading end of the pipe is closed',
}

/** Writing failed: never a reason to skip what was read. */
export class WriteError extends GlowcastError {}

/** Whether a value is what a system call throws. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException & { code: string } {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === 'string'
}

/** What a system call answered, with its code. */
export function sayingOf(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException
  if (code === undefined) return message
  return `${sayings[code] ?? message.replace(`${code}: `, '').replace(/, \w+ '.*$/, '')} (${code})`
}

/** That a file cannot be read, and why. */
export function readError(path: string, cause: unknown): GlowcastError {
  if (cause instanceof GlowcastError) return cause
  const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
  const got = isMissing ? whyMissing(path) : sayingOf(cause)
  return new GlowcastError('IO', path, got, 'a file that can be read', { cause, message: `${path}: ${got}` })
}

/** That a file or folder cannot be written, and why. */
export function writeError(path: string, cause: unknown): GlowcastError {
  if (cause instanceof GlowcastError) return cause
  const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
  const got = isMissing ? 'its folder does not exist (ENOENT)' : sayingOf(cause)
  const message = `${path}: cannot be written: ${got}`
  return new WriteError('IO', path, got, 'a file that can be written', { cause, message })
}

function whyMissing(path: string): string {
  // Node replaces bytes that are no UTF-8, and then asks for a file of another name.
  if (path.includes('\ufffd')) return 'a file name that is not UTF-8; rename the file (ENOENT)'
  if (/[*?]|\[.+\]/.test(path)) return 'no file matches this pattern (ENOENT)'
  return `${sayings['ENOENT']} (ENOENT)`
}
