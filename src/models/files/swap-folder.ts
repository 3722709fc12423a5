import { rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { syncFolder } from '../../io/output.js'

/** Of a rename onto a folder that is not empty. */
function isTaken(error: unknown): boolean {
  return ['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT'
}

/** Where the old model waits while the new one moves in. */
function asideOf(target: string): string {
  return join(dirname(target), `.${basename(target)}.glowcast-old`)
}

/** Another process that saves the same folder may be in between as often as this. */
const maxSwaps = 50
/** Processes that met are apart again after a random part of this. */
const apartMs = 10

/**
 * Node has no exchange of two folders: the old one steps aside, and comes back if the new one cannot move in. After a kill
 * in between, `broughtBack` finds it.
 */
export async function swapIn(temporary: string, target: string): Promise<void> {
  const aside = asideOf(target)
  for (let swap = 0; ; swap++) {
    try {
      await moveIn(temporary, target, aside)
      break
    } catch (error) {
      if (swap === maxSwaps || !isTaken(error)) throw error
      await setTimeout(apartMs * Math.random())
    }
  }
  // What another process puts there meanwhile is that process's to remove.
  await rm(aside, { recursive: true, force: true }).catch((error) => {
    if (!isTaken(error)) throw error
  })
  await syncFolder(dirname(target))
}

async function moveIn(temporary: string, target: string, aside: string): Promise<void> {
  try {
    await rename(temporary, target)
    return
  } catch (error) {
    if (!(await isPresent(target))) throw error
  }
  // There is a whole model in the place: what is aside is older.
  await rm(aside, { recursive: true, force: true })
  await rename(target, aside).catch((error) => {
    if (!isMissing(error)) throw error
  })
  try {
    await rename(temporary, target)
  } catch (error) {
    // Does nothing where another process's model has moved in.
    await rename(aside, target).catch(() => undefined)
    throw error
  }
}

async function isPresent(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

/**
 * The folder of a model. One that stepped aside for a new one that never came, as its process was killed, is brought back.
 *
 * @returns where it lies: aside, where it cannot be moved
 */
export async function broughtBack(dir: string): Promise<string> {
  const target = resolve(dir)
  if (await isPresent(target)) return dir
  const aside = asideOf(target)
  if (!(await isPresent(aside))) return dir
  const isBack = await rename(aside, target).then(
    () => true,
    () => false,
  )
  return isBack || (await isPresent(target)) ? dir : aside
}
