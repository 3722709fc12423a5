import type { WaveglowConfig } from '../../models/config/model-config.js'

export interface ImportFigures {
  readonly architecture: string
  readonly format: string
  /** Where in the checkpoint the model was. */
  readonly entry: string
  readonly parameters: number
  readonly gmacPerSecondOfAudio: number
}

export interface ImportOrigin {
  readonly file: string
  readonly bytes: number
  readonly sha256: string
}

/** The model card of an imported checkpoint: what is known of it, and what is not. */
export function importCard(
  config: WaveglowConfig,
  { architecture, format, entry, parameters, gmacPerSecondOfAudio }: ImportFigures,
  { file, bytes, sha256 }: ImportOrigin,
  dtype: string,
): string {
  const name = inCard(file)
  return `# ${architecture}, imported

| | |
|---|---|
| origin | \`${name}\`, ${bytes} bytes, PyTorch ${format} format${entry === '' ? '' : `, entry \`${inCard(entry)}\``} |
| sha256 of the origin | \`${sha256}\` |
| licence | **unknown**: a checkpoint does not say; ask where it came from before you pass it on |
| data | unknown |
| architecture | ${config.flows} flows of groups of ${config.groupSize}; WN of ${config.wavenet.layers} layers of ${config.wavenet.channels} channels |
| parameters | ${(parameters / 1e6).toFixed(2)} million, weight normalisation folded, stored as ${dtype} |
| cost | ${gmacPerSecondOfAudio.toPrecision(4)} GMAC for a second of audio |
| mel | ${config.mel} |
| temperature | ${config.temperature} |
| quality | not measured |

Made by \`glowcast import\`. The weights are the checkpoint's; its 1x1 matrices were inverted in float64.
`
}

/** A name of a file or in a checkpoint may hold anything; in a card it is one line of text. */
function inCard(name: string): string {
  return name.replaceAll(/[`|\p{Cc}]/gu, '?')
}
