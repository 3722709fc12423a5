import { clientError } from '../../connection/errors.js'
import { workletSource } from './source.js'

const loads = new WeakMap<BaseAudioContext, Promise<void>>()

/**
 * Loads the client's worklet, once a context, as its processors cannot be registered twice: from `url` where one is given, else from this package's own text, else (where the page's
 * content security policy forbids that) from beside this module.
 *
 * @throws GlowcastClientError unsupported when none of these can be loaded
 */
export function loadWorklet(context: BaseAudioContext, url: string | URL | undefined): Promise<void> {
  const load = loads.get(context) ?? addWorklet(context, url)
  loads.set(context, load)
  load.catch(() => loads.delete(context))
  return load
}

async function addWorklet(context: BaseAudioContext, url: string | URL | undefined): Promise<void> {
  const beside = () => new URL(/* @vite-ignore */ './player-worklet.js', import.meta.url)
  try {
    if (url !== undefined) await context.audioWorklet.addModule(url)
    else if (workletSource === undefined || !(await loadText(context, workletSource))) {
      await context.audioWorklet.addModule(beside())
    }
  } catch (error) {
    const hint = "serve player-worklet.js, and name it by workletUrl and in the policy's script-src"
    throw clientError('unsupported', `The worklet could not be loaded (${error}): ${hint}`, {
      field: 'workletUrl',
    })
  }
}

/** @returns whether it was loaded; false: the page's policy has no `blob:` for scripts */
async function loadText(context: BaseAudioContext, source: string): Promise<boolean> {
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }))
  try {
    await context.audioWorklet.addModule(url)
    return true
  } catch {
    return false
  } finally {
    URL.revokeObjectURL(url)
  }
}
