import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lock, lockPath, withLock } from '../../src/io/lock.js'
import { hostTag, startOfProcess } from '../../src/io/processes.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'glowcast-lock-'))
})
afterEach(() => rm(folder, { recursive: true }))

const holder = (pid: number, host = hostTag, start = startOfProcess(pid)) =>
  JSON.stringify({ pid, host, start })
const held = (text: string) => writeFile(lockPath(folder, 'folder'), text)
const options = { doing: 'is being trained' }

describe('lock', () => {
  it('is held once, and leaves nothing behind', async () => {
    const first = await lock(folder, 'folder', options)
    await expect(lock(folder, 'folder', options)).rejects.toThrow(
      `${folder}: is being trained by process ${process.pid}`,
    )
    await first.release()
    await (await lock(folder, 'folder', options)).release()
    expect(await readdir(folder)).toEqual([])
  })

  it('names the process that holds it', async () => {
    await held(holder(process.ppid))
    await expect(lock(folder, 'folder', options)).rejects.toMatchObject({ code: 'IO' })
    await expect(lock(folder, 'folder', options)).rejects.toThrow(`by process ${process.ppid}`)
  })

  it.each([
    ['of a dead process', async () => holder(await deadPid(), hostTag, '1')],
    ['of a dead process whose id lives on', async () => holder(process.ppid, hostTag, 'another start')],
    ['of a run before with this very process id', async () => holder(process.pid)],
    ['that a loss of power emptied', async () => ''],
  ])('takes over one %s', async (_, text) => {
    await held(await text())
    const { release } = await lock(folder, 'folder', options)
    expect(JSON.parse(await readFile(lockPath(folder, 'folder'), 'utf8'))).toMatchObject({ pid: process.pid })
    await release()
  })

  it('does not take over one of another machine, and says what can be done', async () => {
    await held(holder(await deadPid(), 'abcdef', '1'))
    await expect(lock(folder, 'folder', options)).rejects.toThrow(/of another machine; if it is dead, remove/)
  })

  it('waits for another holder', async () => {
    const path = join(folder, 'a.json')
    const order: string[] = []
    const both = ['one', 'two'].map((name) =>
      withLock(path, 'file', { doing: 'is being written', waitMs: 30_000 }, async () => {
        order.push(`${name} in`)
        await new Promise((resolve) => setTimeout(resolve, 30))
        order.push(`${name} out`)
      }),
    )
    await Promise.all(both)
    expect(order[0]!.split(' ')[0]).toBe(order[1]!.split(' ')[0])
    expect(order[2]!.split(' ')[0]).toBe(order[3]!.split(' ')[0])
  })

  it('says why it cannot be taken', async () => {
    await writeFile(join(folder, 'file'), '')
    await expect(lock(join(folder, 'file'), 'folder', options)).rejects.toThrow(
      /file: cannot be written: a file of this name is in the way/,
    )
  })
})

async function deadPid(): Promise<number> {
  const child = spawn('true')
  await new Promise((resolve) => child.once('exit', resolve))
  return child.pid!
}
