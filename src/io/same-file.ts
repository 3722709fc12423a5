import { constants, fstatSync } from 'node:fs'
import { access, realpath, stat } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { GlowcastError } from '../errors.js'
import { isStandardOutput } from './output.js'
import { writeError } from './system-error.js'

type Identity = { readonly dev: bigint; readonly ino: bigint; isFile(): boolean }

/**
 * That nothing that is read would be written over, however either is called: by links, by another path or case.
 *
 * @throws GlowcastError INVALID_ARGUMENT
 */
export async function assertOtherFile(output: string, inputs: readonly string[]): Promise<void> {
  const written = isStandardOutput(output) ? openFile(1) : await identityOf(output)
  if (written === undefined || !written.isFile()) return
  for (const input of inputs) {
    const read = input === '-' ? openFile(0) : await identityOf(input)
    if (read === undefined || !isSame(read, written)) continue
    const named = output === input ? 'input' : `input (${input})`
    const message = `${output}: ${named} and output are the same file; choose another output`
    throw new GlowcastError('INVALID_ARGUMENT', output, 'the file that is read', 'another file', { message })
  }
}

/**
 * That no file that is read lies where a folder of files is written.
 *
 * @param within parts of the folder that are written; empty: all of it
 * @throws GlowcastError INVALID_ARGUMENT
 */
export async function assertOutside(
  folder: string,
  inputs: readonly string[],
  within: readonly string[] = [''],
): Promise<void> {
  const places = await Promise.all(within.map((part) => existing(join(folder, part))))
  for (const input of inputs) {
    const at = await existing(input)
    if (!places.some((place) => isInside(at, place))) continue
    const message = `${folder}: input ${input} lies where output is written; choose another output folder`
    throw new GlowcastError('INVALID_ARGUMENT', folder, `the folder of ${input}`, 'another folder', {
      message,
    })
  }
}

/** Whether a path is another one or lies below it; both without links. */
export function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path)
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && resolve(way) !== way)
}

/** A path without links, as far as it exists. */
export async function existing(path: string): Promise<string> {
  const absolute = resolve(path)
  try {
    return await realpath(absolute)
  } catch {
    const parent = dirname(absolute)
    return parent === absolute ? absolute : join(await existing(parent), relative(parent, absolute))
  }
}

async function identityOf(path: string): Promise<Identity | undefined> {
  return stat(path, { bigint: true }).catch(() => undefined)
}

/** Undefined where it is closed. */
function openFile(descriptor: number): Identity | undefined {
  try {
    return fstatSync(descriptor, { bigint: true })
  } catch {
    return undefined
  }
}

function isSame(one: Identity, other: Identity): boolean {
  return one.dev === other.dev && one.ino === other.ino
}

/**
 * That a folder can be made or written, before hours are spent on what goes there.
 *
 * @throws WriteError
 */
export async function assertFolder(path: string): Promise<void> {
  try {
    for (let at = resolve(path); ; at = dirname(at)) {
      const stats = await stat(at).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error
      })
      if (stats === undefined) continue
      if (!stats.isDirectory()) throw Object.assign(new Error(), { code: 'ENOTDIR' })
      return await access(at, constants.W_OK)
    }
  } catch (cause) {
    throw writeError(path, cause)
  }
}
