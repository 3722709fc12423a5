import { invalidModel } from '../../errors.js'
import { quoteName } from '../../short-json.js'

/**
 * Today's name of a weight. Earlier revisions counted the layers behind an early output anew, inside of it: what was
 * `flow.8.rest.8.rest.0` is `flow.16`.
 */
export function currentName(name: string): string {
  return name.replace(/\bflow\.(?:\d+\.rest\.)+\d+/, (path) => {
    const indices = path.match(/\d+/g)!.map(Number)
    return `flow.${indices.reduce((sum, index) => sum + index)}`
  })
}

/**
 * What a file holds, under today's names.
 *
 * @throws GlowcastError INVALID_MODEL when two names of the file are one today
 */
export function underCurrentNames<Tensor>(saved: Iterable<readonly [string, Tensor]>): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>()
  for (const [name, tensor] of saved) {
    const current = currentName(name)
    if (tensors.has(current)) {
      const got = `a second weight ${quoteName(current)}`
      throw invalidModel(`weight ${quoteName(name)}`, got, 'one')
    }
    tensors.set(current, tensor)
  }
  return tensors
}
