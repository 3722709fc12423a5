import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** Of the adversary: a third of the weight of the server, which the machine that is measured would not have to share. */
export const niceness = 5

export interface Attack {
  readonly sent: Readonly<Record<string, number>>
  /** Of a core, that the adversary's own process took. */
  readonly share: number
}

/** Runs the adversary in a process of its own. */
export async function attack(url: string, seconds: number): Promise<Attack> {
  const child = start('adversary-process', [url, `${seconds}`])
  let done: Attack | undefined
  child.on('message', (message) => {
    done = message as Attack
  })
  await once(child, 'exit')
  if (done === undefined) throw new Error('the adversary failed')
  return done
}

/** A process that takes as much of a core as the adversary did, and asks nothing of the server. */
export async function busy(share: number, seconds: number): Promise<void> {
  const [code] = await once(start('busy-process', [`${share}`, `${seconds}`]), 'exit')
  if (code !== 0) throw new Error('the busy process failed')
}

function start(name: string, args: string[]) {
  return fork(fileURLToPath(new URL(`${name}.js`, import.meta.url)), args)
}
