import type { CheckedPlayerOptions } from './check-options.js'
import { PortTransport, SharedTransport, type Transport } from './transport.js'
import { type ProcessorSettings, processorName } from './worklet/messages.js'

export interface PlayerNode {
  readonly node: AudioWorkletNode
  readonly transport: Transport
  /** Samples in the ring, of all channels. */
  readonly capacity: number
}

/** The audio thread's half of a player and the way to it. The worklet must be loaded. */
export function makeNode(
  context: BaseAudioContext,
  { channels, ringMs, fadeMs, transport }: Omit<CheckedPlayerOptions, 'prebuffer'>,
): PlayerNode {
  const capacity = 2 ** Math.ceil(Math.log2((context.sampleRate * channels * ringMs) / 1000))
  const shared = transport === 'shared' ? new SharedTransport(capacity) : undefined
  const settings: ProcessorSettings = {
    channels,
    capacity,
    fadeSamples: channels * Math.max(1, Math.round((context.sampleRate * fadeMs) / 1000)),
    ...(shared === undefined ? {} : { memory: shared.memory }),
  }
  const node = new AudioWorkletNode(context, processorName, {
    numberOfInputs: 0,
    outputChannelCount: [channels],
    processorOptions: settings,
  })
  return { node, transport: shared ?? new PortTransport(node.port, capacity), capacity }
}
