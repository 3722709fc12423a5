// Bundles the client, the worklet that it loads, and the demo page; in one process, as Vite takes long to load.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const configFile = join(fileURLToPath(import.meta.url), '..', '..', 'web-audio-client', 'vite.config.ts')

for (const mode of ['client', 'worklet', 'demo']) await build({ configFile, mode })
