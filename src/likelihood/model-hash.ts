import { createHash } from 'node:crypto'
import type { HostTensor } from '../flow/parameters.js'
import type { GlowcastConfig } from '../models/config/model-config.js'

/**
 * sha256 of what the likelihood depends on: the flow, its context network and their weights. A new pitch network, which
 * only synthesis uses, leaves it as it was, and calibrations good.
 */
export function densityHash(config: GlowcastConfig, weights: Readonly<Record<string, HostTensor>>): string {
  const { mel, groupSize, excitation, context, flow } = config
  const hash = createHash('sha256').update(JSON.stringify({ mel, groupSize, excitation, context, flow }))
  for (const name of Object.keys(weights).sort()) {
    if (name.startsWith('pitch.')) continue
    const { shape, data } = weights[name]!
    hash.update(`${name} ${shape.join('x')}`)
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  }
  return hash.digest('hex')
}
