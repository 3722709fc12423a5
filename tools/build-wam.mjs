// Bundles the Web Audio Module: what hosts import, and what runs in the audio thread.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const configFile = join(fileURLToPath(import.meta.url), '..', '..', 'src', 'wam', 'vite.config.ts')

for (const mode of ['plugin', 'worklet']) await build({ configFile, mode })
