import { join } from 'node:path'
import { melPresets } from '../../audio/mel/mel.js'
import { invalidModel } from '../../errors.js'
import { type HostTensor, prefixSpecs, type Shape } from '../../flow/parameters.js'
import { checkWeights } from '../../models/files/check-weights.js'
import { loadModelFolder, saveModelFolder } from '../../models/files/model-folder.js'
import { type ContentGroup, calibrationText, emptyCalibration } from '../calibration/file.js'
import { type ContentConfig, parseContentConfig } from './config.js'
import { contentFlow } from './flow.js'
import type { ContentFlows } from './meter.js'
import { type KnownProfiles, otherKinds, profileParts } from './profiles.js'

export interface ContentModel {
  readonly config: ContentConfig
  readonly flows: ContentFlows
  readonly profiles: KnownProfiles
  /** sha256 that names this very model. */
  readonly hash: string
}

const normalPrefix = 'normal'
const backgroundPrefix = 'background'
const profilePrefix = 'profiles'

/**
 * Reads a folder that `glowcast content train` wrote.
 *
 * @throws GlowcastError INVALID_MODEL, INVALID_CONFIG saying which file and what differs
 */
export async function loadContentModel(folder: string): Promise<ContentModel> {
  const {
    config,
    weights: saved,
    hash,
  } = await loadModelFolder(folder, (json) => {
    const family = (json as { family?: unknown } | null)?.family
    if (family !== 'content') {
      const expected = 'a content model, which glowcast content train makes'
      throw invalidModel(folder, `a model of family ${String(family)}`, expected)
    }
    return parseContentConfig(json, join(folder, 'config.json'))
  })
  const weights = withoutContext(saved, config.flow)
  checkWeights(weightShapes(config), weights)
  const normal = below(normalPrefix, weights)
  const flows = config.background ? { normal, background: below(backgroundPrefix, weights) } : { normal }
  return { config, flows, profiles: profilesFrom(weights), hash }
}

/**
 * Writes the folder; a calibration that was in it is gone, as it was of other weights.
 *
 * @param calibration a first group, by its name
 * @returns the model's hash
 * @throws GlowcastError as `saveModelFolder`
 */
export function saveContentModel(
  folder: string,
  config: ContentConfig,
  { normal, background = {} }: ContentFlows,
  profiles: KnownProfiles,
  card: string,
  calibration?: Readonly<Record<string, ContentGroup>>,
): Promise<string> {
  const weights = {
    ...prefixed(normalPrefix, normal),
    ...prefixed(backgroundPrefix, background),
    ...prefixed(profilePrefix, profileTensors(profiles)),
  }
  // As trained: the reference and the calibration are of these very weights.
  const options = { config, weights, card, dtype: 'F32' } as const
  if (calibration === undefined) return saveModelFolder(folder, options)
  return saveModelFolder(folder, {
    ...options,
    calibration: (hash) => calibrationText({ ...emptyCalibration('novelty', hash), groups: calibration }),
  })
}

function weightShapes(config: ContentConfig): Record<string, Shape> {
  const { parameters } = contentFlow(config)
  const prefixes = config.background ? [normalPrefix, backgroundPrefix] : [normalPrefix]
  const specs = Object.assign({}, ...prefixes.map((prefix) => prefixSpecs(prefix, parameters)))
  const values = profileParts * melPresets[config.mel].melBands
  const tables = Object.entries(config.profiles).map(([kind, count]) => [
    `${profilePrefix}.${kind}`,
    [count, values],
  ])
  return {
    ...Object.fromEntries(
      Object.entries(specs as typeof parameters).map(([name, { shape }]) => [name, shape]),
    ),
    ...Object.fromEntries(tables),
  }
}

/** Earlier revisions gave the flow a context that was always 1: what it was multiplied with is part of the biases now. */
function withoutContext(
  saved: Record<string, HostTensor>,
  { channels, layers }: ContentConfig['flow'],
): Record<string, HostTensor> {
  const weights = { ...saved }
  const length = 2 * channels
  for (const [name, { shape, data }] of Object.entries(saved)) {
    const coupling = /^(.+)\.context\.weight$/.exec(name)?.[1]
    if (coupling === undefined || shape.join() !== `1,${layers * length}`) continue
    delete weights[name]
    for (let layer = 0; layer < layers; layer++) {
      const bias = `${coupling}.layer${layer}.bias`
      const known = saved[bias]
      if (known?.data.length !== length) continue
      const moved = known.data.map((value, i) => value + data[layer * length + i]!)
      weights[bias] = { shape: known.shape, data: moved }
    }
  }
  return weights
}

function profileTensors(profiles: KnownProfiles): Record<string, HostTensor> {
  return Object.fromEntries(
    Object.entries(profiles).map(([kind, { data, frames, channels }]) => [
      kind,
      { shape: [frames, channels], data },
    ]),
  )
}

function profilesFrom(weights: Record<string, HostTensor>): KnownProfiles {
  const tables = below(profilePrefix, weights)
  const table = (kind: string) => {
    const { shape, data } = tables[kind]!
    return { data, frames: shape[0]!, channels: shape[1]! }
  }
  const others = otherKinds.filter((kind) => tables[kind] !== undefined)
  return { normal: table('normal'), ...Object.fromEntries(others.map((kind) => [kind, table(kind)])) }
}

function prefixed(prefix: string, weights: Record<string, HostTensor>): Record<string, HostTensor> {
  return Object.fromEntries(Object.entries(weights).map(([name, tensor]) => [`${prefix}.${name}`, tensor]))
}

function below(prefix: string, weights: Record<string, HostTensor>): Record<string, HostTensor> {
  const start = `${prefix}.`
  return Object.fromEntries(
    Object.entries(weights)
      .filter(([name]) => name.startsWith(start))
      .map(([name, tensor]) => [name.slice(start.length), tensor]),
  )
}
