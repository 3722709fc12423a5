import { quoteName } from '../../../short-json.js'
import type { Checkpoint } from '../../pytorch/checkpoint.js'
import type { PickleTensor } from '../../pytorch/pickle/values.js'
import { refuse } from '../../refuse.js'

/** How a weight with weight normalisation is stored: gain and direction. */
const normalisations = [
  ['_g', '_v'],
  // torch.nn.utils.parametrizations: `parametrizations.weight.original0`, `…original1`.
  ['original0', 'original1'],
] as const

type Stored =
  | { readonly kind: 'plain'; readonly tensor: PickleTensor }
  | { readonly kind: 'normalised'; readonly gain: PickleTensor; readonly direction: PickleTensor }

/** A state dict's tensors by the names that they have without weight normalisation, read on demand. */
export class SourceTensors {
  private readonly used = new Set<string>()

  constructor(
    private readonly tensors: ReadonlyMap<string, PickleTensor>,
    private readonly checkpoint: Pick<Checkpoint, 'read'>,
  ) {}

  has(name: string): boolean {
    return this.find(name) !== undefined
  }

  /** @throws GlowcastError INVALID_MODEL when there is no such tensor */
  shape(name: string): readonly number[] {
    const stored = this.require(name)
    return stored.kind === 'plain' ? stored.tensor.shape : stored.direction.shape
  }

  /**
   * Checks that a tensor is there, in that shape.
   *
   * @throws GlowcastError INVALID_MODEL
   */
  expect(name: string, shape: readonly number[]): void {
    const got = this.shape(name)
    if (got.length !== shape.length || got.some((length, axis) => length !== shape[axis])) {
      refuse(`tensor ${quoteName(name)}`, `shape [${got.join(', ')}]`, `[${shape.join(', ')}]`)
    }
    const stored = this.require(name)
    if (stored.kind === 'normalised') {
      const { shape: gain } = stored.gain
      const isPerOutput = gain[0] === shape[0] && gain.slice(1).every((length) => length === 1)
      if (!isPerOutput) {
        refuse(
          `gain of ${quoteName(name)}`,
          `shape [${gain.join(', ')}]`,
          `[${shape[0]}, 1, …]: one an output`,
        )
      }
    }
  }

  /** Values, row-major; a normalised weight is g · v / ‖v‖, the norm of each output (Salimans and Kingma 2016). */
  async read(name: string): Promise<Float32Array> {
    const stored = this.require(name)
    if (stored.kind === 'plain') return (await this.checkpoint.read(stored.tensor)).data
    const [gain, direction] = [
      await this.checkpoint.read(stored.gain),
      await this.checkpoint.read(stored.direction),
    ]
    return normalised(gain.data, direction.data)
  }

  /** Names in the state dict that nothing asked for. */
  unused(): string[] {
    return [...this.tensors.keys()].filter((name) => !this.used.has(name))
  }

  private require(name: string): Stored {
    return this.find(name) ?? refuse(`tensor ${quoteName(name)}`, 'none', 'it in the state dict')
  }

  private find(name: string): Stored | undefined {
    const plain = this.take(name)
    if (plain !== undefined) return { kind: 'plain', tensor: plain }
    const [, scope, weight] = /^(.*\.)?([^.]+)$/.exec(name) ?? []
    for (const [gainName, directionName] of normalisations) {
      const prefix = gainName === '_g' ? name : `${scope ?? ''}parametrizations.${weight}.`
      const gain = this.take(`${prefix}${gainName}`)
      const direction = this.take(`${prefix}${directionName}`)
      if (gain !== undefined && direction !== undefined) return { kind: 'normalised', gain, direction }
    }
    return undefined
  }

  private take(name: string): PickleTensor | undefined {
    const tensor = this.tensors.get(name)
    if (tensor !== undefined) this.used.add(name)
    return tensor
  }
}

function normalised(gain: Float32Array, direction: Float32Array): Float32Array {
  const row = direction.length / gain.length
  const result = new Float32Array(direction.length)
  for (let output = 0; output < gain.length; output++) {
    let squares = 0
    for (let i = output * row; i < (output + 1) * row; i++) squares += direction[i]! * direction[i]!
    const scale = gain[output]! / Math.sqrt(squares)
    for (let i = output * row; i < (output + 1) * row; i++) result[i] = scale * direction[i]!
  }
  return result
}
