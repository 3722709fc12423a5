import { melPresets } from '../../audio/mel/mel.js'
import type { Compiled, Engine, NamedTensors } from '../../engine/index.js'
import type { Bijector, Layer } from '../../flow/bijector.js'
import { actnorm } from '../../flow/bijectors/actnorm.js'
import { affineCoupling } from '../../flow/bijectors/affine-coupling.js'
import { chain } from '../../flow/bijectors/chain.js'
import { luConv1x1, permutationConv1x1 } from '../../flow/bijectors/invertible-conv1x1.js'
import { permutationByName } from '../../flow/bijectors/permutation.js'
import { wavenet } from '../../flow/networks/wavenet.js'
import type { HostTensor, Shape } from '../../flow/parameters.js'
import { priorLogProbability } from '../../flow/prior.js'
import { weightInputs, weightsFrom } from '../../models/weight-inputs.js'
import { tf } from '../../tfjs.js'
import type { ContentShape } from './config.js'

/** Log-scales of the couplings stay within ± this. */
const logScaleBound = 2

/**
 * The flow between mel patches [batch, patches, melBands] and noise. First an actnorm and a 1x1 convolution, which
 * start as what makes the patches white (`whiteningWeights`), then couplings. Each patch is mapped by itself.
 */
export function contentFlow({ mel, flow }: Pick<ContentShape, 'mel' | 'flow'>): Layer {
  const { melBands } = melPresets[mel]
  const permutation = (name: 'identity' | 'even-odd' | 'swap-halves') => permutationByName(name, melBands)
  const layers = [actnorm(melBands), luConv1x1(permutation('identity'))]
  const { channels, layers: depth } = flow
  const conditioner = wavenet({ channels, layers: depth, kernelSize: 1, dilationBase: 1, causal: true })
  for (let i = 0; i < flow.couplings; i++) {
    layers.push(
      affineCoupling(melBands, conditioner, { logScaleBound }),
      permutationConv1x1(permutation(i % 2 === 0 ? 'even-odd' : 'swap-halves')),
    )
  }
  return chain(layers)
}

/** @param x [batch, patches, melBands]; mean negative log-likelihood, with the Gaussian constant, in nats a value of a patch */
export function negativeLogLikelihood(flow: Bijector, x: tf.Tensor3D): tf.Scalar {
  const { z, logDet } = flow.forward(x)
  const total: tf.Scalar = tf.sum(tf.add(priorLogProbability(z), logDet))
  return tf.div(total, -x.size)
}

/** From `x` to the latents `z` and `logDet` [batch, patches], with fixed weights. */
export function compileContentForward(
  engine: Engine,
  flow: Layer,
  weights: Record<string, HostTensor>,
  patches: Shape,
): Promise<Compiled> {
  const forward = (inputs: NamedTensors): NamedTensors => {
    const bound = flow.bind(weightsFrom(inputs, flow.parameters))
    const { z, logDetByStep } = bound.forward(inputs['x'] as tf.Tensor3D)
    return { z, logDet: logDetByStep }
  }
  return engine.compile(forward, { x: patches }, { name: 'content', constants: weightInputs(weights) })
}
