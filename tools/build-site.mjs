// Writes a page that synthesizes and scores by itself, with model and runtime, to dist/site: for any static host.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

await build({
  configFile: join(fileURLToPath(import.meta.url), '..', '..', 'examples', 'in-page', 'vite.config.ts'),
})
