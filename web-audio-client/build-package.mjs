// Builds this folder's package, which has no dependencies, from the source that `glowcast/client` is built from.
import { spawnSync } from 'node:child_process'
import { copyFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '..')
const target = join(here, 'dist')

function run(...command) {
  const result = spawnSync('npx', ['--no-install', ...command], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  })
  if (result.status !== 0) process.exit(result.status ?? 1)
}

rmSync(target, { recursive: true, force: true })
run('tsc', '-p', 'web-audio-client/tsconfig.types.json', '--outDir', join(target, 'types'))
for (const mode of ['client', 'worklet']) {
  run('vite', 'build', '-c', 'web-audio-client/vite.config.ts', '--mode', mode, '--outDir', target)
}
copyFileSync(join(root, 'LICENSE'), join(here, 'LICENSE'))
