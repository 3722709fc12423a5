import type { HostTensor } from '../flow/parameters.js'
import type { GlowcastConfig } from '../models/config/model-config.js'
import { sha256 } from '../numeric/sha256.js'

/**
 * sha256 of what the likelihood depends on: the flow, its context network and their weights. A new pitch network, which
 * only synthesis uses, leaves it as it was, and calibrations good.
 */
export async function densityHash(
  config: GlowcastConfig,
  weights: Readonly<Record<string, HostTensor>>,
): Promise<string> {
  const { mel, groupSize, excitation, context, flow } = config
  const encoder = new TextEncoder()
  const parts: Uint8Array[] = [encoder.encode(JSON.stringify({ mel, groupSize, excitation, context, flow }))]
  for (const name of Object.keys(weights).sort()) {
    if (name.startsWith('pitch.')) continue
    const { shape, data } = weights[name]!
    parts.push(
      encoder.encode(`${name} ${shape.join('x')}`),
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    )
  }
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return sha256(bytes)
}
