import { describe, expect, it, vi } from 'vitest'
import { VoiceLine, type VoiceLinePort } from '../../../src/wam/worklet/voice-line.js'
import type { VoiceReply, VoiceRequest } from '../../../src/web/messages.js'

const blockSamples = 256
const delaySamples = 1024
const sampleRate = 48_000

/** A voice that gives back what it gets, when it is told to. */
class EchoPort implements VoiceLinePort {
  onmessage: ((event: MessageEvent<VoiceReply>) => void) | null = null
  readonly requests: VoiceRequest[] = []
  isClosed = false
  private answered = 0

  postMessage(request: VoiceRequest): void {
    this.requests.push(request)
  }

  close(): void {
    this.isClosed = true
  }

  answer(count = Number.POSITIVE_INFINITY): void {
    for (let i = 0; i < count && this.answered < this.pushes.length; i++) {
      this.reply({ type: 'samples', samples: this.pushes[this.answered++]!, computeMs: 2 })
    }
  }

  reply(data: VoiceReply): void {
    this.onmessage?.({ data } as MessageEvent<VoiceReply>)
  }

  get pushes(): Float32Array[] {
    return this.requests.flatMap((request) => (request.type === 'push' ? [request.samples] : []))
  }
}

function lineWith(onFailure = vi.fn()) {
  const port = new EchoPort()
  return { port, line: new VoiceLine(port, { sampleRate, blockSamples, delaySamples, onFailure }) }
}

/** Quanta of samples that count up, and what comes out for them. */
function run(line: VoiceLine, from: number, quanta: number, each: () => void = () => undefined): number[] {
  const output: number[] = []
  for (let quantum = 0; quantum < quanta; quantum++) {
    const input = Float32Array.from({ length: 128 }, (_, i) => from + 128 * quantum + i)
    const made = new Float32Array(128)
    line.process(input, made)
    output.push(...made)
    each()
  }
  return output
}

describe('VoiceLine', () => {
  it('gives back each sample as late as it says, however the answers come', () => {
    const { port, line } = lineWith()
    let quantum = 0
    const output = run(line, 1, 80, () => ++quantum % 5 === 0 && port.answer())
    const fade = sampleRate * 0.005
    const steady = delaySamples + fade
    expect(output.slice(0, delaySamples).every((value) => value === 0)).toBe(true)
    expect(output.slice(steady)).toEqual(
      Array.from({ length: output.length - steady }, (_, i) => 1 + fade + i),
    )
    expect(line.underruns).toBe(0)
    expect(line.computeMs).toBe(2 * port.pushes.length)
  })

  it('cuts the sound where a key is played or a control changes', () => {
    const { port, line } = lineWith()
    line.process(new Float32Array(100), new Float32Array(100))
    line.play(Uint8Array.of(0x90, 60, 100))
    line.set({ flatten: 1 })
    line.process(new Float32Array(28), new Float32Array(28))
    run(line, 0, 2)
    const told = port.requests.map((request) =>
      request.type === 'push' ? request.samples.length : request.type,
    )
    expect(told).toEqual([100, 'play', 'set', 256])
  })

  it('leaves sound out while the voice is behind, and goes on in step', () => {
    const { port, line } = lineWith()
    const limit = delaySamples / blockSamples + 1
    run(line, 1, 40)
    expect(port.pushes).toHaveLength(limit)
    port.answer()
    const from = 40 * 128
    const output = run(line, 1 + from, 40, () => port.answer())
    expect(port.pushes[limit]![0]).toBe(1 + from)
    const steady = delaySamples + blockSamples
    expect(output.slice(steady)).toEqual(
      Array.from({ length: output.length - steady }, (_, i) => 1 + from + blockSamples + i),
    )
  })

  it('sends no samples that are not numbers', () => {
    const { port, line } = lineWith()
    const input = new Float32Array(256).fill(Number.NaN)
    line.process(input, new Float32Array(256))
    expect(port.pushes).toEqual([new Float32Array(256)])
  })

  it('says once why the voice has ended, and asks no more of it', () => {
    const onFailure = vi.fn()
    const { port, line } = lineWith(onFailure)
    port.reply({ type: 'controls', controls: {} as never })
    port.reply({ type: 'failed', failure: { message: 'gone' } })
    expect(onFailure).toHaveBeenCalledExactlyOnceWith({ message: 'gone' })
    const asked = port.requests.length
    run(line, 0, 4)
    line.play(Uint8Array.of(0x90, 60, 100))
    expect(port.requests).toHaveLength(asked)
    line.close()
    expect(port.isClosed).toBe(true)
  })
})
