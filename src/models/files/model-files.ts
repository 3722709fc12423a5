import { invalidModel } from '../../errors.js'
import type { HostTensor } from '../../flow/parameters.js'
import { plural } from '../../plural.js'
import { checkFinite } from './check-weights.js'
import { configFile, type Manifest, manifestFile, parseManifest, weightsFile } from './manifest.js'
import { readSafetensors } from './safetensors.js'
import { underCurrentNames } from './weight-names.js'

/** The files of a model wherever they lie: in a folder, or on a server. */
export interface ModelFiles {
  /** What errors call a file. */
  pathOf(name: string): string
  /**
   * @param wanted how many bytes it may have; its sha256 where the manifest tells it
   * @throws GlowcastError INVALID_MODEL when it is missing, or larger
   */
  read(name: string, wanted: { readonly bytes: number; readonly sha256?: string }): Promise<Uint8Array>
  /** Hexadecimal. */
  sha256(bytes: Uint8Array): Promise<string>
}

export interface LoadedModel<Config> {
  readonly config: Config
  readonly weights: Record<string, HostTensor>
  /** sha256 over the hashes of config and weights, hexadecimal: names this very model. */
  readonly hash: string
}

/** A manifest has a few hundred bytes; what is larger is not one, and is not read. */
const maxManifestBytes = 1_000_000

/** @param sha256 hexadecimal */
export async function modelHash(
  { files }: Manifest,
  sha256: (bytes: Uint8Array) => string | Promise<string>,
): Promise<string> {
  const hashes = `${files[configFile].sha256}\n${files[weightsFile].sha256}\n`
  return sha256(new TextEncoder().encode(hashes))
}

/**
 * Reads a model and checks that its files are the ones that were saved. Weights have today's names.
 *
 * @param parse makes a config of the JSON, or throws; its GlowcastError is passed on
 * @throws GlowcastError INVALID_MODEL naming the file that is missing, truncated, altered or malformed
 */
export async function readModelFiles<Config>(
  files: ModelFiles,
  parse: (json: unknown) => Config,
): Promise<LoadedModel<Config>> {
  const manifestPath = files.pathOf(manifestFile)
  const manifestBytes = await files.read(manifestFile, { bytes: maxManifestBytes })
  const manifest = parseManifest(parseJson(manifestPath, manifestBytes), manifestPath)
  const config = parse(parseJson(files.pathOf(configFile), await readVerified(files, configFile, manifest)))
  const { tensors } = readSafetensors(await readVerified(files, weightsFile, manifest))
  const weights = Object.fromEntries(
    [...underCurrentNames(tensors)].map(([name, { shape, data }]) => [name, { shape, data }]),
  )
  checkFinite(weights)
  return { config, weights, hash: await modelHash(manifest, files.sha256) }
}

async function readVerified(
  files: ModelFiles,
  name: typeof configFile | typeof weightsFile,
  manifest: Manifest,
): Promise<Uint8Array> {
  const wanted = manifest.files[name]
  const path = files.pathOf(name)
  const bytes = await files.read(name, wanted)
  if (bytes.length !== wanted.bytes) {
    const expected = `${plural(wanted.bytes, 'byte')}, as ${manifestFile} says (truncated?)`
    throw invalidModel(path, plural(bytes.length, 'byte'), expected)
  }
  const hash = await files.sha256(bytes)
  if (hash !== wanted.sha256) {
    throw invalidModel(path, `sha256 ${hash}`, `${wanted.sha256}, as ${manifestFile} says`)
  }
  return bytes
}

/** @throws GlowcastError INVALID_MODEL */
function parseJson(path: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch (cause) {
    throw invalidModel(path, 'text that does not parse', 'JSON', { cause })
  }
}
