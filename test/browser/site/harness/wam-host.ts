import initializeWamHost from '@webaudiomodules/sdk/src/initializeWamHost.js'
import type { WamOptions } from '../../../../src/wam/options.js'
import type { WamConstructor, WamInstance, WamVoiceEvent } from '../../../../src/wam/web-audio-module.js'

/** Tests call this in the page; samples travel as base64 of little-endian float32. */
export interface WamHost {
  /** @param isStrict whether nothing may come as a `blob:` */
  open(request: {
    sampleRate: number
    options: WamOptions
    isStrict: boolean
    state?: unknown
  }): Promise<Opened>
  /** Plays samples through the plug-in. Times of events are in seconds from the first sample. */
  render(request: { samples: string; seconds: number; events: readonly WamVoiceEvent[] }): Promise<Rendered>
  showGui(): Promise<void>
  /** Bytes of the MIDI messages that the plug-in has played. */
  heardMidi(): number[][]
  state(): Promise<{ parameterValues: Record<string, { value: number }> }>
  /** @returns what a state is refused with */
  refusal(state: unknown): Promise<string | undefined>
  close(): Promise<void>
}

export interface Opened {
  readonly compensationSamples: number
  readonly identifier: string
  readonly instanceId: string
}

export interface Rendered {
  /** What went into the plug-in, and what came out of it, from the same moment on. */
  readonly input: string
  readonly output: string
}

declare global {
  interface Window {
    wamHost: WamHost
  }
}

type Module = { readonly default: WamConstructor; glowcastWam(options: WamOptions): WamConstructor }

let context: AudioContext
let plugin: WamInstance
let blocks: Float32Array[][] = []
const played: number[][] = []

async function open({
  sampleRate,
  options,
  isStrict,
  state,
}: Parameters<WamHost['open']>[0]): Promise<Opened> {
  context = new AudioContext({ sampleRate })
  await context.audioWorklet.addModule('/wam-host-worklet.js')
  const [group] = isStrict ? ['strict-host'] : await initializeWamHost(context)
  const { glowcastWam } = (await import('/package/wam/bundle/index.js' as string)) as Module
  plugin = await glowcastWam(options).createInstance(group!, context, state)
  const recorder = new AudioWorkletNode(context, 'pair-recorder', { numberOfInputs: 2, numberOfOutputs: 0 })
  recorder.port.onmessage = ({ data }) => blocks.push(data)
  plugin.audioNode.connect(recorder, 0, 1)
  plugin.audioNode.connect(context.destination)
  input = new GainNode(context)
  input.connect(plugin.audioNode)
  input.connect(recorder, 0, 0)
  plugin.audioNode.addEventListener('wam-midi', (event) => {
    played.push((event as CustomEvent<{ data: { bytes: number[] } }>).detail.data.bytes)
  })
  // The voice hears nothing that it is not asked for.
  await context.suspend()
  const { moduleId, instanceId } = plugin
  return {
    compensationSamples: await plugin.audioNode.getCompensationDelay(),
    identifier: moduleId,
    instanceId,
  }
}

let input: GainNode

async function render({ samples, seconds, events }: Parameters<WamHost['render']>[0]): Promise<Rendered> {
  const heard = new Float32Array(Uint8Array.from(atob(samples), (letter) => letter.charCodeAt(0)).buffer)
  const buffer = new AudioBuffer({ length: heard.length, sampleRate: context.sampleRate })
  buffer.copyToChannel(heard, 0)
  const source = new AudioBufferSourceNode(context, { buffer })
  source.connect(input)
  blocks = []
  await context.resume()
  const begin = context.currentTime + 0.2
  source.start(begin)
  plugin.audioNode.scheduleEvents(...events.map((event) => ({ ...event, time: begin + event.time! })))
  await new Promise((resolve) => setTimeout(resolve, 1000 * (seconds + 0.4)))
  return { input: encode(blocks.map(([block]) => block!)), output: encode(blocks.map(([, block]) => block!)) }
}

function encode(parts: readonly Float32Array[]): string {
  let text = ''
  for (const { buffer } of parts) {
    for (const byte of new Uint8Array(buffer)) text += String.fromCharCode(byte)
  }
  return btoa(text)
}

window.wamHost = {
  open,
  render,
  async showGui() {
    const gui = await plugin.createGui()
    gui.id = 'gui'
    document.body.append(gui)
  },
  heardMidi: () => played,
  state: () => plugin.audioNode.getState() as ReturnType<WamHost['state']>,
  refusal: (state) =>
    plugin.audioNode.setState(state).then(
      () => undefined,
      (error: Error) => error.message,
    ),
  close: async () => {
    plugin.audioNode.destroy()
    await context.close()
  },
}
document.documentElement.dataset['harness'] = 'ready'
