import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { withLock } from '../src/io/lock.js'
import { packageFolder } from '../src/package-root.js'

export type BuildStep = 'server' | 'wasm' | 'web' | 'engine' | 'wam' | 'site'

const ready = new Map<BuildStep, Promise<void>>()

/** Brings steps of the build up to date, for tests that run what is in `dist`: threads, the command, the page. */
export async function built(...steps: BuildStep[]): Promise<void> {
  for (const step of steps) {
    if (!ready.has(step)) ready.set(step, build(step))
    await ready.get(step)
  }
}

async function build(step: BuildStep): Promise<void> {
  const folder = join(packageFolder(), 'dist', '.build')
  await mkdir(folder, { recursive: true })
  // Files of tests run side by side; the one that comes first builds for all.
  await withLock(folder, 'folder', { doing: 'is being built', waitMs: 600_000 }, async () => {
    await promisify(execFile)(process.execPath, [join(packageFolder(), 'tools', 'build.mjs'), step])
  })
}
