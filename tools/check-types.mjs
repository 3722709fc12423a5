// Checks the types of each project. All are checked, so that one run names every error.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { tsc } from './compiler.mjs'

const root = join(fileURLToPath(import.meta.url), '..', '..')

for (const project of [
  'tsconfig.json',
  'src/web',
  'src/wam',
  'web-audio-client',
  'test/browser',
  'examples/in-page',
]) {
  const { status } = spawnSync(process.execPath, [...tsc, '-p', project, '--noEmit'], {
    cwd: root,
    stdio: 'inherit',
  })
  if (status !== 0) process.exitCode = status ?? 1
}
