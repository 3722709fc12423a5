import { execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import {
  chmod,
  chown,
  link,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readPipe, readWhole, spool } from '../../src/io/input.js'
import { lock } from '../../src/io/lock.js'
import { assertEnding, openOutput, writeFileAside } from '../../src/io/output.js'
import { processSpaceTag } from '../../src/io/processes.js'
import { assertFolder, assertOtherFile, assertOutside } from '../../src/io/same-file.js'
import { newTemporary, removeTemporaries } from '../../src/io/temporaries.js'

let folder: string
const at = (name: string) => join(folder, name)
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'glowcast-io-'))
})
afterEach(() => rm(folder, { recursive: true }))

const bytes = new TextEncoder().encode('new content')
const hasPipes = process.platform !== 'win32'
const hasFull = existsSync('/dev/full')

describe('openOutput', () => {
  it('leaves an earlier file until all is written, and no other file', async () => {
    await writeFile(at('a'), 'old')
    const output = await openOutput(at('a'))
    await output.write(bytes)
    expect(await readFile(at('a'), 'utf8')).toBe('old')
    await output.commit()
    expect(await readFile(at('a'), 'utf8')).toBe('new content')
    expect(await readdir(folder)).toEqual(['a'])
  })

  it('leaves an earlier file when it is discarded', async () => {
    await writeFile(at('a'), 'old')
    const output = await openOutput(at('a'))
    await output.write(bytes)
    await output.discard()
    expect(await readFile(at('a'), 'utf8')).toBe('old')
    expect(await readdir(folder)).toEqual(['a'])
  })

  it('replaces what a link leads to, and keeps links and modes', async () => {
    await writeFile(at('a'), 'old')
    await chmod(at('a'), 0o640)
    await symlink('a', at('link'))
    await symlink('none', at('dangling'))
    await writeFileAside(at('link'), bytes)
    await writeFileAside(at('dangling'), bytes)
    expect(await readFile(at('a'), 'utf8')).toBe('new content')
    expect((await stat(at('a'))).mode & 0o777).toBe(0o640)
    expect((await lstat(at('link'))).isSymbolicLink()).toBe(true)
    expect(await readFile(at('none'), 'utf8')).toBe('new content')
  })

  it('refuses a folder, a missing folder and links in a circle', async () => {
    await symlink('one', at('two'))
    await symlink('two', at('one'))
    await expect(openOutput(folder)).rejects.toThrow(`${folder}: a folder, not a file`)
    await expect(openOutput(at('new/'))).rejects.toThrow('new/: a folder, not a file')
    await expect(openOutput(at('no/a'))).rejects.toThrow(
      /no\/a: cannot be written: its folder does not exist/,
    )
    await expect(openOutput(at('one'))).rejects.toMatchObject({ code: 'IO' })
  })

  it('writes devices and the standard output as what they are', async () => {
    await writeFileAside('/dev/null', bytes)
    expect((await stat('/dev/null')).isCharacterDevice()).toBe(true)
    const parts: Buffer[] = []
    const stdout = new Writable({
      write(part, _, done) {
        parts.push(part)
        done()
      },
    })
    for (const name of ['-', '/dev/stdout', '/proc/self/fd/1']) await writeFileAside(name, bytes, stdout)
    expect(Buffer.concat(parts).toString()).toBe('new content'.repeat(3))
  })

  it.runIf(hasFull)('says that a disk is full', async () => {
    await expect(writeFileAside('/dev/full', bytes)).rejects.toThrow(
      '/dev/full: cannot be written: no space left on the disk (ENOSPC)',
    )
  })

  it.runIf(hasPipes)('writes into a pipe that is read, and refuses one that is not', async () => {
    execFileSync('mkfifo', [at('pipe')])
    await expect(writeFileAside(at('pipe'), bytes)).rejects.toThrow('a pipe that nothing reads from')
    const reader = spawn('cat', [at('pipe')], { stdio: ['ignore', 'pipe', 'ignore'] })
    const read = (async () => {
      const parts: Buffer[] = []
      for await (const part of reader.stdout) parts.push(part as Buffer)
      return Buffer.concat(parts).toString()
    })()
    // Opening succeeds once the reader is there.
    for (;;) {
      const isWritten = await writeFileAside(at('pipe'), bytes).then(
        () => true,
        () => false,
      )
      if (isWritten) break
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    expect(await read).toBe('new content')
  })

  it('says that a pipe is closed', async () => {
    const closed = new Writable({
      write(_, __, done) {
        done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE', syscall: 'write' }))
      },
    })
    await expect(writeFileAside('-', bytes, closed)).rejects.toMatchObject({ cause: { code: 'EPIPE' } })
  })

  it('removes what runs that were killed left, but nothing of runs that go on', async () => {
    const name = (pid: number) => `.glowcast-${processSpaceTag}-${pid}-0123456789ab.part`
    const ended = spawn('true')
    await new Promise((resolve) => ended.once('exit', resolve))
    // Parts of this very process id, of a run before: in containers they are all alike.
    await mkdir(at(name(ended.pid!)))
    await writeFile(at(name(process.pid)), '')
    await utimes(at(name(process.pid)), 1, 1)
    await writeFile(at(name(process.ppid)), '')
    await writeFileAside(at('a'), bytes)
    expect((await readdir(folder)).sort()).toEqual([name(process.ppid), 'a'].sort())
  })

  it('removes what is not finished when a signal says so, and locks', async () => {
    await writeFile(await newTemporary(at('a')), 'half')
    await lock(folder, 'folder', { doing: 'is being trained' })
    removeTemporaries()
    expect(await readdir(folder)).toEqual([])
  })

  it('leaves what another container writes, whose processes have ids of their own', async () => {
    const other = `.glowcast-abcdef-${process.pid}-0123456789ab.part`
    await writeFile(at(other), '')
    const tenMinutesAgo = Date.now() / 1000 - 600
    await utimes(at(other), tenMinutesAgo, tenMinutesAgo)
    await writeFileAside(at('a'), bytes)
    expect((await readdir(folder)).sort()).toEqual([other, 'a'].sort())
  })

  it.runIf(existsSync('/dev/fd'))('appends to an open file that was given as one', async () => {
    await writeFile(at('log'), 'old ')
    const file = await open(at('log'), 'a')
    await writeFileAside(`/dev/fd/${file.fd}`, bytes)
    await file.close()
    expect(await readFile(at('log'), 'utf8')).toBe('old new content')
  })

  it.runIf(process.getuid?.() === 0)('leaves a file with its owner', async () => {
    await writeFile(at('a'), 'old')
    await chown(at('a'), 1234, 1234)
    await writeFileAside(at('a'), bytes)
    expect(await stat(at('a'))).toMatchObject({ uid: 1234, gid: 1234 })
  })
})

describe('assertOtherFile and assertOutside', () => {
  it('know a file by whichever name', async () => {
    await writeFile(at('a'), '')
    await writeFile(at('b'), '')
    await symlink('a', at('link'))
    await link(at('a'), at('hard'))
    for (const name of ['a', 'link', 'hard', './x/../a']) {
      await mkdir(at('x'), { recursive: true })
      await expect(assertOtherFile(at(name), [at('a')])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    }
    await assertOtherFile(at('b'), [at('a'), at('missing')])
    await assertOtherFile(at('new'), [at('a')])
  })

  it('know a folder through links', async () => {
    await mkdir(at('rec'))
    await writeFile(at('rec/a.wav'), '')
    await symlink('rec', at('audio'))
    await expect(assertOutside(folder, [at('rec/a.wav')], ['img', 'audio'])).rejects.toThrow(
      /lies where output/,
    )
    await assertOutside(folder, [at('rec/a.wav')], ['img'])
    await assertOutside(at('rec/..b'), [at('rec/a.wav')])
  })
})

describe('assertFolder', () => {
  it('takes what is a folder or can become one', async () => {
    await writeFile(at('file'), '')
    await assertFolder(folder)
    await assertFolder(at('a/b/c'))
    expect(await readdir(folder)).toEqual(['file'])
    for (const name of ['file', 'file/below']) {
      await expect(assertFolder(at(name))).rejects.toThrow(`${name}: cannot be written: a part of this path`)
    }
  })
})

describe('assertEnding', () => {
  it('names what can be written', () => {
    expect(() => assertEnding('out.mp3', ['.wav'], 'audio')).toThrow(
      'out.mp3: audio is written as .wav, not .mp3',
    )
    for (const path of ['out.wav', 'out.WAV', 'out', 'a.b/out', '.hidden', '-', '/dev/stdout']) {
      expect(() => assertEnding(path, ['.wav'], 'audio')).not.toThrow()
    }
  })
})

describe.runIf(hasPipes)('reading pipes', () => {
  it('refuses one that nothing writes to at once', async () => {
    execFileSync('mkfifo', [at('pipe')])
    await expect(readWhole(at('pipe'))).rejects.toThrow('a pipe that nothing writes to')
    await expect(spool(at('pipe'))).rejects.toThrow('a pipe that nothing writes to')
  })

  it('reads one that is written to its end, however slowly', async () => {
    execFileSync('mkfifo', [at('pipe')])
    const writer = spawn(
      'sh',
      ['-c', `exec 3<>"${at('pipe')}"; echo ready; printf one >&3; read x; printf two >&3`],
      {
        stdio: ['pipe', 'pipe', 'ignore'],
      },
    )
    await new Promise((resolve) => writer.stdout.once('data', resolve))
    const parts = readPipe(at('pipe'))
    expect(Buffer.from((await parts.next()).value!).toString()).toBe('one')
    writer.stdin.end('\n')
    let rest = ''
    for await (const part of parts) rest += Buffer.from(part).toString()
    expect(rest).toBe('two')
  })
})
