import { Ramp } from '../../player/ramp.js'

/** How loud each channel of a `SideBySide` is heard: linear; 1 leaves its samples as they are. */
export interface Loudness {
  readonly original: number
  readonly result: number
}

/** Makes one sound of the two channels of a node, and moves from one to the other without a gap or a click. */
export class VoiceMix {
  /** One channel. */
  readonly node: AudioNode
  private readonly original: Ramp
  private readonly result: Ramp

  /** @param source of two channels */
  constructor(source: AudioNode) {
    const { context } = source
    const apart = new ChannelSplitterNode(context, { numberOfOutputs: 2 })
    source.connect(apart)
    this.node = new GainNode(context)
    const ramp = (channel: number, gain: number): Ramp => {
      const node = new GainNode(context, { gain })
      apart.connect(node, channel).connect(this.node)
      return new Ramp(node.gain, () => context.currentTime, gain)
    }
    this.original = ramp(0, 0)
    this.result = ramp(1, 1)
  }

  moveTo({ original, result }: Loudness): void {
    // In WebKit the time of a context may change between two readings of one task.
    const now = this.node.context.currentTime
    this.original.moveTo(original, now)
    this.result.moveTo(result, now)
  }
}
