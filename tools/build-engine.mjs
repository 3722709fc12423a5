// Bundles the worker that runs the flow in a page, with the runtime beside it, and what a page needs to make mels itself.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const configFile = join(fileURLToPath(import.meta.url), '..', '..', 'src', 'web', 'vite.config.ts')

for (const mode of ['worker', 'mel']) await build({ configFile, mode })
