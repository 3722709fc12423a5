import { expect, it, vi } from 'vitest'
import type { Output } from '../../../web-audio-client/player/output.js'
import type { Transport } from '../../../web-audio-client/player/transport.js'
import { Watch } from '../../../web-audio-client/player/watch.js'
import { playbackState, word } from '../../../web-audio-client/player/worklet/control-block.js'

it('hears no source before it began, where the time of the context runs ahead', () => {
  const sampleRate = 24_000
  const words = new Map<number, number>([[word.state, playbackState.waiting]])
  const transport = { refresh() {}, get: (slot: number) => words.get(slot) ?? 0, written: 0, consumed: 0 }
  const context = Object.assign(new EventTarget(), { sampleRate, currentTime: 1, outputLatency: 0 })
  const starts: number[] = []
  const watch = new Watch(
    context as unknown as AudioContext,
    transport as unknown as Transport,
    { state: 'running' } as unknown as Output,
    (type, detail) => {
      if (type === 'start') starts.push((detail as { startedAtMs: number }).startedAtMs)
    },
  )
  const now = vi.spyOn(performance, 'now').mockReturnValue(5000)
  watch.begin()
  // Two milliseconds later the context says that the first sample left ten milliseconds ago.
  now.mockReturnValue(5002)
  words.set(word.starts, 1)
  words.set(word.startFrame, 1.01 * sampleRate)
  context.currentTime = 1.02
  watch.look()
  watch.close()
  expect(starts).toEqual([5000])
})
