import { expect, it, vi } from 'vitest'
import { VoiceMix } from '../../../../web-audio-client/demo/vocoder/voice-mix.js'

it('moves both voices at one time, also where the clock goes on between two readings of one task', () => {
  let seconds = 1
  const context = {
    get currentTime() {
      seconds += 128 / 24_000
      return seconds
    },
  }
  const starts: number[] = []
  class FakeNode {
    readonly gain = {
      cancelScheduledValues: () => {},
      setValueAtTime: (_: number, at: number) => starts.push(at),
      linearRampToValueAtTime: () => {},
    }
    constructor(readonly context: unknown) {}
    connect<T>(node: T): T {
      return node
    }
  }
  vi.stubGlobal('ChannelSplitterNode', FakeNode)
  vi.stubGlobal('GainNode', FakeNode)
  const voices = new VoiceMix(new FakeNode(context) as unknown as AudioNode)
  voices.moveTo({ original: 1, result: 0 })
  expect(starts).toHaveLength(2)
  expect(starts[1]).toBe(starts[0])
})
