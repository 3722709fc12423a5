import SdkModule from '@webaudiomodules/sdk/src/WebAudioModule.js'
import { invalidArgument } from '../errors.js'
import { Vocoder } from '../web/vocoder.js'
import { descriptorOf } from './descriptor.js'
import { createGui, destroyGui } from './gui/gui.js'
import { GlowcastNode } from './node.js'
import type { WamOptions } from './options.js'
import type { WamConstructor } from './web-audio-module.js'

declare const VERSION: string

/** What a block is long enough for: fewer messages cost less, and all wait for a whole one. */
const blockSamples = 256

/** The plug-in with options of one's own; a host loads a module whose default export it is. */
export function glowcastWam({ files = {}, voices = 4, headroomMs = 40 }: WamOptions = {}): WamConstructor {
  const here = {
    model: new URL(/* @vite-ignore */ '../../../../models/glowcast-22k/', import.meta.url),
    worklet: new URL(/* @vite-ignore */ './worklet.js', import.meta.url),
    worker: new URL(/* @vite-ignore */ '../../web/bundle/worker.js', import.meta.url),
    runtime: new URL(/* @vite-ignore */ '../../web/bundle/onnxruntime.wasm', import.meta.url),
  }
  const { model, worklet, worker, runtime } = { ...here, ...files }

  class GlowcastWam extends SdkModule<GlowcastNode> {
    private readonly instance = crypto.randomUUID()

    override _descriptor = descriptorOf(VERSION)

    /** The SDK's is the moment, which two can share. */
    override get instanceId(): string {
      return `${this.moduleId}:${this.instance}`
    }

    /** The SDK's drops the state. */
    override async initialize(state?: unknown): Promise<this> {
      if (!this.initialized) this.audioNode = await this.createAudioNode(state)
      this.initialized = true
      return this
    }

    override async createAudioNode(state?: unknown): Promise<GlowcastNode> {
      const { audioContext } = this
      assertRealTime(audioContext)
      await audioContext.audioWorklet.addModule(worklet)
      const vocoder = await loadVocoder({ model, worker, runtime })
      try {
        const { sampleRate } = audioContext
        let node: GlowcastNode | undefined
        const voice = await vocoder.openVoicePort({ sampleRate, voices }, (error) => node?.fail(error))
        const headroomSamples = Math.round((headroomMs * sampleRate) / 1000)
        const onDestroy = () => vocoder.dispose()
        node = new GlowcastNode(this, { voice, blockSamples, headroomSamples, onDestroy })
        await node.begin()
        if (state !== undefined && state !== null) await node.setState(state)
        return node
      } catch (error) {
        vocoder.dispose()
        throw error
      }
    }

    override async createGui(): Promise<Element> {
      return createGui(this.audioNode)
    }

    override destroyGui(gui: Element): void {
      destroyGui(gui)
    }
  }
  return GlowcastWam
}

/** @throws GlowcastError INVALID_ARGUMENT */
function assertRealTime(context: BaseAudioContext): void {
  if (context instanceof OfflineAudioContext) {
    throw invalidArgument(
      'audioContext',
      'an OfflineAudioContext',
      'an AudioContext: the voice is made in real time',
    )
  }
}

interface VocoderFiles {
  readonly model: string | URL
  readonly worker: string | URL
  readonly runtime: string | URL
}

/** Plug-ins lie on other origins, whose scripts browsers start no worker from, unless one of this origin imports them. */
async function loadVocoder({ model, worker, runtime }: VocoderFiles): Promise<Vocoder> {
  const address = new URL(worker, location.href)
  if (address.origin === location.origin) {
    return Vocoder.load(model, { workerUrl: address, runtimeUrl: runtime })
  }
  const script = new Blob([`import ${JSON.stringify(address.href)}`], { type: 'text/javascript' })
  const workerUrl = URL.createObjectURL(script)
  try {
    return await Vocoder.load(model, { workerUrl, runtimeUrl: runtime })
  } finally {
    URL.revokeObjectURL(workerUrl)
  }
}
