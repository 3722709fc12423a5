// Bundles the worker that runs the flow in a page, with the runtime beside it.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

await build({ configFile: join(fileURLToPath(import.meta.url), '..', '..', 'src', 'web', 'vite.config.ts') })
