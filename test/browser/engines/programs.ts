import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

export const engineNames = ['chromium', 'firefox', 'webkit'] as const
export type EngineName = (typeof engineNames)[number]

interface Program {
  readonly variable: string
  readonly names: readonly string[]
  readonly packages: string
}

const programs: Record<EngineName, Program> = {
  chromium: {
    variable: 'CHROMIUM_PATH',
    names: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'],
    packages: 'chromium',
  },
  firefox: { variable: 'FIREFOX_PATH', names: ['firefox-esr', 'firefox'], packages: 'firefox-esr' },
  webkit: {
    variable: 'WEBKIT_DRIVER_PATH',
    names: ['WebKitWebDriver'],
    packages: 'webkit2gtk-driver xvfb',
  },
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function onPath(names: readonly string[]): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(isProgram)
}

/** A browser (or its driver) that is installed: the path in the engine's variable, or one of the usual names. */
function findProgram(engine: EngineName): string | undefined {
  const { variable, names } = programs[engine]
  return process.env[variable] ?? onPath(names)
}

/** A display for WebKitGTK where there is none. */
export function findXvfb(): string | undefined {
  return onPath(['Xvfb'])
}

function missingPart(engine: EngineName): string | undefined {
  if (findProgram(engine) === undefined) return `no ${programs[engine].names[0]}`
  if (engine !== 'webkit') return undefined
  return process.env['DISPLAY'] === undefined && findXvfb() === undefined
    ? 'no display and no Xvfb'
    : undefined
}

/** Engines that must be there, by GLOWCAST_REQUIRE_BROWSERS: CI names all, so that it fails in place of skipping. */
function requiredEngines(): readonly string[] {
  const names = (process.env['GLOWCAST_REQUIRE_BROWSERS'] ?? '').split(',').filter((name) => name !== '')
  const unknown = names.find((name) => !engineNames.some((engine) => engine === name))
  if (unknown === undefined) return names
  throw new Error(`GLOWCAST_REQUIRE_BROWSERS: got ${unknown}, expected some of ${engineNames.join(',')}`)
}

/** Whether CI, or who runs `npm run test:browsers`, asks for all tests of the engine: a plain `npm test` leaves out some. */
export function isRequired(engine: EngineName): boolean {
  return requiredEngines().includes(engine)
}

/** The one that a plain `npm test` drives: each takes a minute. */
const usual: EngineName = 'chromium'

/** What was said, so that each is said once. */
const said = new Set<string>()

function skip(engine: EngineName, why: string): undefined {
  if (!said.has(engine)) console.warn(`Tests in ${engine} are skipped: ${why}`)
  said.add(engine)
  return undefined
}

/**
 * The engine's program (of WebKit its driver), or undefined: its tests are to be skipped, which is said once.
 *
 * @throws Error where the engine is required and absent
 */
export function programOf(engine: EngineName): string | undefined {
  if (!isRequired(engine) && engine !== usual) return skip(engine, '"npm run test:browsers" and CI run them.')
  const missing = missingPart(engine)
  if (missing === undefined) return findProgram(engine)
  const { packages, variable } = programs[engine]
  const hint = `${missing} was found. Install it ("apt-get install ${packages}" on Debian), or set ${variable}.`
  if (isRequired(engine)) throw new Error(`GLOWCAST_REQUIRE_BROWSERS: ${engine}: ${hint}`)
  return skip(engine, hint)
}
