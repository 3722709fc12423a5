import { actnorm } from '../../../src/flow/bijectors/actnorm.js'
import { type AffineCouplingOptions, affineCoupling } from '../../../src/flow/bijectors/affine-coupling.js'
import { chain } from '../../../src/flow/bijectors/chain.js'
import { earlyOutput } from '../../../src/flow/bijectors/early-output.js'
import { harmonicLayer } from '../../../src/flow/bijectors/harmonic-layer.js'
import { luConv1x1, permutationConv1x1 } from '../../../src/flow/bijectors/invertible-conv1x1.js'
import { mdctSqueeze } from '../../../src/flow/bijectors/mdct-squeeze.js'
import { permutationByName } from '../../../src/flow/bijectors/permutation.js'
import { planar } from '../../../src/flow/bijectors/planar.js'
import { squeeze } from '../../../src/flow/bijectors/squeeze.js'
import { withExcitation } from '../../../src/flow/networks/conditioner.js'
import { separableWavenet, wavenet } from '../../../src/flow/networks/wavenet.js'
import { bijectorContract } from '../../contracts/bijector-contract.js'

const kernels = { channels: 6, layers: 2, kernelSize: 3, dilationBase: 2 }
const coupling = (causal: boolean, options: AffineCouplingOptions = {}) =>
  affineCoupling(4, wavenet({ ...kernels, causal, contextChannels: 3 }), options)

bijectorContract({ name: 'squeeze', layer: squeeze(3), shape: [1, 6, 1], identityAtStart: false })
bijectorContract({ name: 'mdctSqueeze', layer: mdctSqueeze(4), shape: [1, 12, 1] })
bijectorContract({ name: 'mdctSqueeze of one block', layer: mdctSqueeze(4), shape: [1, 4, 1] })
bijectorContract({ name: 'permutationConv1x1', layer: permutationConv1x1([2, 0, 3, 1]), shape: [1, 2, 4] })
bijectorContract({ name: 'luConv1x1', layer: luConv1x1(permutationByName('reverse', 5)), shape: [1, 2, 5] })
bijectorContract({
  name: 'luConv1x1 at the identity',
  layer: luConv1x1(permutationByName('identity', 4)),
  shape: [1, 2, 4],
  identityAtStart: true,
})
bijectorContract({
  name: 'harmonicLayer',
  layer: harmonicLayer({ channels: 4, contextChannels: 3, excitation: true }),
  shape: [1, 3, 4],
  contextChannels: 3,
  excitationChannels: 8,
  identityAtStart: true,
})
bijectorContract({
  name: 'harmonicLayer without excitation',
  layer: harmonicLayer({ channels: 4, contextChannels: 3, excitation: false }),
  shape: [1, 3, 4],
  contextChannels: 3,
  identityAtStart: true,
})
for (const causal of [true, false]) {
  bijectorContract({
    name: `affineCoupling (${causal ? 'causal' : 'centred'})`,
    layer: coupling(causal),
    shape: [1, 4, 4],
    contextChannels: 3,
    identityAtStart: true,
  })
}
bijectorContract({
  name: 'affineCoupling with excitation and a bound',
  layer: affineCoupling(4, withExcitation(8, wavenet({ ...kernels, causal: true, contextChannels: 3 })), {
    logScaleBound: 1.5,
  }),
  shape: [1, 4, 4],
  contextChannels: 3,
  excitationChannels: 8,
  identityAtStart: true,
})
bijectorContract({
  name: 'affineCoupling that changes the first half',
  layer: coupling(true, { changes: 'first' }),
  shape: [1, 4, 4],
  contextChannels: 3,
  identityAtStart: true,
})
bijectorContract({
  name: 'affineCoupling of a separable WN without a context',
  layer: affineCoupling(4, separableWavenet({ ...kernels, causal: false })),
  shape: [1, 4, 4],
  identityAtStart: true,
})
bijectorContract({ name: 'actnorm', layer: actnorm(4), shape: [1, 3, 4], identityAtStart: true })
bijectorContract({ name: 'planar', layer: planar(4), shape: [1, 2, 4], identityAtStart: true })
bijectorContract({
  name: 'earlyOutput',
  layer: earlyOutput(2, chain([actnorm(4), luConv1x1(permutationByName('swap-halves', 4))])),
  shape: [1, 2, 6],
})
bijectorContract({
  name: 'chain',
  layer: chain([coupling(true), permutationConv1x1([1, 2, 3, 0]), coupling(false), actnorm(4)]),
  shape: [1, 4, 4],
  contextChannels: 3,
})
bijectorContract({
  name: 'chain with a squeeze inside',
  layer: chain([actnorm(2), squeeze(2), actnorm(4), luConv1x1(permutationByName('reverse', 4))]),
  shape: [1, 4, 2],
})
