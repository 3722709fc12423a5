import { describe, expect, it } from 'vitest'
import { PickleDict, PickleStorage, PickleTensor } from '../../../../src/models/pytorch/pickle/values.js'
import { convolutionKind, inferConfig } from '../../../../src/models/waveglow/import/infer-config.js'
import { mapWeights } from '../../../../src/models/waveglow/import/map-weights.js'
import { SourceTensors } from '../../../../src/models/waveglow/import/source-tensors.js'
import { findStateDict } from '../../../../src/models/waveglow/import/state-dict.js'

type Shapes = Record<string, readonly number[]>

function tensorOf(shape: readonly number[]): PickleTensor {
  const elements = shape.reduce((product, length) => product * length, 1)
  return new PickleTensor(
    new PickleStorage('0', 'F32', elements),
    0,
    shape,
    shape.map(() => 1),
  )
}

/** The state dict of a WaveGlow of two flows, as shapes; matrices read as the identity, all else as zeros. */
const shapes: Shapes = {
  'upsample.weight': [80, 80, 1024],
  'upsample.bias': [80],
  ...Object.fromEntries(
    [0, 1].flatMap((flow): [string, number[]][] => [
      [`convinv.${flow}.conv.weight`, [8, 8, 1]],
      [`WN.${flow}.start.weight_g`, [4, 1, 1]],
      [`WN.${flow}.start.weight_v`, [4, 4, 1]],
      [`WN.${flow}.start.bias`, [4]],
      [`WN.${flow}.end.weight`, [8, 4, 1]],
      [`WN.${flow}.end.bias`, [8]],
      [`WN.${flow}.cond_layer.weight`, [8, 640, 1]],
      [`WN.${flow}.cond_layer.bias`, [8]],
      [`WN.${flow}.in_layers.0.weight`, [8, 4, 3]],
      [`WN.${flow}.in_layers.0.bias`, [8]],
      [`WN.${flow}.res_skip_layers.0.weight`, [4, 4, 1]],
      [`WN.${flow}.res_skip_layers.0.bias`, [4]],
    ]),
  ),
}

async function map(
  changed: Record<string, readonly number[] | undefined>,
  numbers: Record<string, number> = {},
) {
  const entries = Object.entries({ ...shapes, ...changed }).filter(([, shape]) => shape !== undefined)
  const tensors = new Map(entries.map(([name, shape]) => [name, tensorOf(shape!)]))
  const read = async ({ shape }: PickleTensor) => {
    const [rows = 1, columns = 1] = shape
    const isSquare = rows === columns && shape.length === 3
    return {
      shape,
      data: Float32Array.from({ length: rows * columns * (shape[2] ?? 1) }, (_, i) =>
        isSquare && Math.floor(i / columns) === i % columns ? 1 : 0,
      ),
    }
  }
  const source = new SourceTensors(tensors, { read })
  const config = inferConfig(source, {
    numbers: new Map(Object.entries(numbers)),
    className: undefined,
    hasConfigBeside: false,
  })
  return mapWeights(source, config, convolutionKind(source))
}

describe('a state dict that does not fit', () => {
  it('is none when nothing was changed', async () => {
    const weights = await map({}, { n_flows: 2, n_group: 8 })
    expect(weights['upsample.weight']!.shape).toEqual([320, 20480])
  })

  it.each<[string, Record<string, readonly number[] | undefined>, RegExp]>([
    ['a missing bias', { 'WN.1.start.bias': undefined }, /"WN.1.start.bias": got none/],
    ['a gain without direction', { 'WN.0.start.weight_v': undefined }, /"WN.0.start.weight": got none/],
    ['a gain of another size', { 'WN.1.start.weight_g': [3, 1, 1] }, /gain of "WN.1.start.weight"/],
    [
      'other WN channels in one flow',
      { 'WN.1.end.weight': [8, 5, 1] },
      /"WN.1.end.weight": got shape \[8, 5, 1\], expected \[8, 4, 1\]/,
    ],
    [
      'another kernel in one flow',
      { 'WN.1.in_layers.0.weight': [8, 4, 5] },
      /in_layers.0.weight": got shape/,
    ],
    [
      'a layer more in one flow',
      { 'WN.1.in_layers.1.weight': [8, 4, 3] },
      /1 tensor more: "WN.1.in_layers.1.weight"/,
    ],
    ['a tensor that nothing reads', { 'discriminator.weight': [1] }, /1 tensor more: "discriminator.weight"/],
    [
      'a matrix that is not square',
      { 'convinv.1.conv.weight': [8, 7, 1] },
      /"convinv.1.conv.weight": got shape/,
    ],
    [
      'other mel bands',
      { 'upsample.weight': [40, 40, 1024] },
      /"upsample.weight": got shape \[40, 40, 1024\], expected \[80, 80/,
    ],
    ['an even kernel', { 'WN.0.in_layers.0.weight': [8, 4, 4] }, /kernelSize.*must be odd/],
    ['a kernel of no whole strides', { 'upsample.weight': [80, 80, 1000] }, /upsample: got kernelSize 1000/],
    ['a flow that grows', { 'convinv.1.conv.weight': [10, 10, 1] }, /early/],
    ['no start', { 'WN.0.start.weight_g': undefined }, /"WN.0.start.weight": got none/],
    ['an axis too few', { 'WN.0.in_layers.0.weight': [8, 4] }, /3 axes or more/],
  ])('is refused: %s', async (_name, changed, message) => {
    await expect(map(changed)).rejects.toThrow(message)
  })

  it('is refused when the module says otherwise', async () => {
    await expect(map({}, { n_flows: 12 })).rejects.toThrow(/module attribute n_flows: got 12, expected 2/)
  })
})

describe('findStateDict', () => {
  function dict(entries: Record<string, PickleTensor | PickleDict | number>): PickleDict {
    const result = new PickleDict()
    for (const [name, value] of Object.entries(entries)) result.entries.set(name, value)
    return result
  }
  const model = () => dict({ 'module.convinv.0.conv.weight': tensorOf([2, 2, 1]), 'other.x': tensorOf([1]) })

  it('takes prefixes off, and leaves out what lies beside', () => {
    const { path, tensors } = findStateDict(dict({ iteration: 3, state_dict: model() }))
    expect(path).toBe('state_dict.module')
    expect([...tensors.keys()]).toEqual(['convinv.0.conv.weight'])
  })

  it('asks which of several, and takes the answer', () => {
    const both = dict({ model: model(), ema: model() })
    expect(() => findStateDict(both)).toThrow(
      /2 models: "model.module", "ema.module", expected one; choose with --key/,
    )
    expect(findStateDict(both, 'ema').path).toBe('ema.module')
    expect(() => findStateDict(both, 'em')).toThrow(/entry "em"/)
  })

  it('says when there is none', () => {
    expect(() => findStateDict(dict({ model: dict({ 'encoder.weight': tensorOf([1]) }) }))).toThrow(
      /WaveGlow or SqueezeWave/,
    )
    expect(() => findStateDict(null)).toThrow(/WaveGlow or SqueezeWave/)
  })
})
