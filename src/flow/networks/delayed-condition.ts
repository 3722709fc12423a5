import type * as tf from '@tensorflow/tfjs-core'
import type { Condition } from '../bijector.js'
import { type Carry, delayed } from '../carry.js'

/**
 * The condition as it was `steps` steps before, for a bijector behind one that is so much late. What is never
 * read is never carried.
 */
export function delayedCondition(condition: Condition, carry: Carry, steps: number): Condition {
  if (steps === 0) return condition
  const made = new Map<string, tf.Tensor3D>()
  const part = (name: string, x: tf.Tensor3D): tf.Tensor3D => {
    const known = made.get(name)
    if (known !== undefined) return known
    const late = delayed(carry, `late.${name}`, x, steps)
    made.set(name, late)
    return late
  }
  const late: { -readonly [Part in keyof Condition]: () => tf.Tensor3D } = {
    context: () => part('context', condition.context),
  }
  if (condition.excitation !== undefined) late.excitation = () => part('excitation', condition.excitation!)
  const getters = Object.entries(late).map(([name, get]) => [name, { get, enumerable: true }])
  return Object.defineProperties({}, Object.fromEntries(getters)) as Condition
}
