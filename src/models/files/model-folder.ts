import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { GlowcastError, invalidModel, ioError } from '../../errors.js'
import type { HostTensor } from '../../flow/parameters.js'
import { isLockName } from '../../io/lock.js'
import { syncFolder } from '../../io/output.js'
import { sayingOf, writeError } from '../../io/system-error.js'
import { forget, isTemporary, newTemporary } from '../../io/temporaries.js'
import { plural } from '../../plural.js'
import { configFile, type Manifest, manifestFile, weightsFile } from './manifest.js'
import { type LoadedModel, type ModelFiles, modelHash, readModelFiles } from './model-files.js'
import type { WriteSafetensorsOptions } from './safetensors.js'
import { type LazyTensor, writeSafetensorsFile } from './safetensors-file.js'
import { broughtBack, swapIn } from './swap-folder.js'

const cardFile = 'README.md'
/** Of `glowcast calibrate`; new weights need a new one, so saving a model leaves it out. */
export const calibrationFile = 'calibration.json'
const folderFiles: ReadonlySet<string> = new Set([
  configFile,
  weightsFile,
  cardFile,
  manifestFile,
  calibrationFile,
])

/** The files of a model folder: what must not be written over while it is read. */
export function filesOfModel(dir: string): string[] {
  return [...folderFiles].map((name) => join(dir, name))
}

export interface SaveModelOptions {
  /** Written as JSON; its meaning is the caller's. */
  readonly config: unknown
  /** In memory, or read one by one as they are written. */
  readonly weights: Readonly<Record<string, HostTensor | LazyTensor>>
  /** The model card, Markdown: origin, data, licence, measured quality. */
  readonly card: string
  /** What `calibration.json` holds, of the model's hash: so that no kill leaves the one without the other. */
  readonly calibration?: (hash: string) => string
  /** How weights are stored. Default F16: half the size, and no audible difference. */
  readonly dtype?: WriteSafetensorsOptions['dtype']
  /** Called with the number of tensors written so far. */
  readonly onTensor?: (written: number) => void
}

function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT'
}

/** Replacing a folder deletes what it holds, so only a folder that a save wrote is ever replaced. */
async function isReplaceable(dir: string): Promise<boolean> {
  let names: string[]
  try {
    names = await readdir(dir)
  } catch (error) {
    if (isMissing(error)) return false
    throw writeError(dir, error)
  }
  const foreign = names.find((name) => !folderFiles.has(name) && !isLockName(name) && !isTemporary(name))
  if (foreign !== undefined) {
    throw ioError(dir, `a folder that holds ${foreign}`, 'a new, an empty or a model folder')
  }
  return true
}

/**
 * To be asked before a long run, which would end in the same words.
 *
 * @throws GlowcastError IO when `saveModelFolder` would refuse the folder for what it is or holds
 */
export async function assertReplaceable(dir: string): Promise<void> {
  await isReplaceable(dir)
}

/** Removes a folder and those around it up to `last`, as long as they are empty. */
async function removeEmptyFolders(folder: string, last: string): Promise<void> {
  for (let next = folder; next.length >= last.length; next = dirname(next)) {
    const isRemoved = await rmdir(next).then(
      () => true,
      () => false,
    )
    if (!isRemoved) return
  }
}

/**
 * Write a model folder: `config.json`, `weights.safetensors`, `README.md` (the card) and `manifest.json`
 * (size and sha256 of config and weights). All files are written to a temporary folder beside `dir`, which
 * is then renamed, so a reader sees the old model or the new one, never a mixture. Missing parent folders
 * are made.
 *
 * @returns the model's hash, as `loadModelFolder` gives it
 * @throws GlowcastError IO when `dir` holds anything else than a model or cannot be written; NON_FINITE or
 *   SHAPE_MISMATCH when the weights cannot be stored
 */
export async function saveModelFolder(dir: string, options: SaveModelOptions): Promise<string> {
  const target = resolve(dir)
  const config = new TextEncoder().encode(`${JSON.stringify(options.config, null, 2)}\n`)
  await broughtBack(target)
  await isReplaceable(dir)
  const temporary = await newTemporary(target)
  let firstMade: string | undefined
  try {
    firstMade = await mkdir(temporary, { recursive: true })
    await writeFile(join(temporary, configFile), config, { flush: true })
    const weights = await writeSafetensorsFile(
      join(temporary, weightsFile),
      options.weights,
      { dtype: options.dtype ?? 'F16', metadata: { format: 'glowcast' } },
      options.onTensor,
    )
    const manifest: Manifest = {
      format: 'glowcast-model',
      version: 1,
      files: { [configFile]: { bytes: config.length, sha256: sha256(config) }, [weightsFile]: weights },
    }
    await writeFile(join(temporary, cardFile), options.card, { flush: true })
    await writeFile(join(temporary, manifestFile), `${JSON.stringify(manifest, null, 2)}\n`, { flush: true })
    const calibration = options.calibration?.(await modelHash(manifest, sha256))
    if (calibration !== undefined) {
      await writeFile(join(temporary, calibrationFile), calibration, { flush: true })
    }
    await syncFolder(temporary)
    await swapIn(temporary, target)
    forget(temporary)
    return await modelHash(manifest, sha256)
  } catch (cause) {
    await rm(temporary, { recursive: true, force: true })
    forget(temporary)
    if (firstMade !== undefined) await removeEmptyFolders(dirname(temporary), firstMade)
    throw writeError(dir, cause)
  }
}

/** The files of a folder. */
function folderOf(dir: string): ModelFiles {
  return {
    pathOf: (name) => join(dir, name),
    async read(name, { bytes: maxBytes }) {
      const path = join(dir, name)
      try {
        const stats = await stat(path)
        if (!stats.isFile()) throw invalidModel(path, 'what is not a file', 'a file')
        const { size } = stats
        if (size > maxBytes) {
          throw invalidModel(path, plural(size, 'byte'), `at most ${plural(maxBytes, 'byte')}`)
        }
        return await readFile(path)
      } catch (cause) {
        if (cause instanceof GlowcastError) throw cause
        const got = isMissing(cause) ? 'no such file' : sayingOf(cause)
        throw invalidModel(path, got, 'a file of a model folder', { cause })
      }
    },
    sha256: async (bytes) => sha256(bytes),
  }
}

/**
 * Read a model folder and check that its files are the ones that were saved. Weights have today's names.
 *
 * @param folder the folder
 * @param parse makes a config of the JSON, or throws; its GlowcastError is passed on
 * @throws GlowcastError INVALID_MODEL naming the file that is missing, truncated, altered or malformed
 */
export async function loadModelFolder<Config>(
  folder: string,
  parse: (json: unknown) => Config,
): Promise<LoadedModel<Config>> {
  return readModelFiles(folderOf(await broughtBack(folder)), parse)
}
