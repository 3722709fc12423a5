import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The package's own folder, from the sources as from the build. */
export function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder)
  return folder
}

/** What the build wrote, by its path in `dist`. Tests run the sources, and take what the last build wrote. */
export function builtFile(path: string): string {
  return join(packageFolder(), 'dist', path)
}

/** As package.json says. */
export function packageVersion(): string {
  const text = readFileSync(join(packageFolder(), 'package.json'), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

/** The model that ships. */
export const bundledModel = join(packageFolder(), 'models', 'glowcast-22k')
