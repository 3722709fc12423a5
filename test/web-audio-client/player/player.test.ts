import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type PcmChunk, Player, type PlayerOptions } from '../../../web-audio-client/index.js'
import { FakeContext, stubAudio } from '../fake-audio.js'

beforeEach(() => {
  stubAudio()
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const sampleRate = 24_000
/** Lets the page's time pass; that of the audio thread is `render`'s. */
const soon = (ms = 25) => vi.advanceTimersByTimeAsync(ms)

async function make(options: PlayerOptions = {}) {
  const context = new FakeContext()
  const player = await Player.create(context as unknown as AudioContext, { transport: 'port', ...options })
  const events: string[] = []
  for (const type of ['start', 'underrun', 'stall', 'ended', 'blocked'] as const) {
    player.addEventListener(type, () => events.push(type))
  }
  return { context, player, events }
}

/** A source whose chunks are handed to it one by one. */
function source() {
  let controller!: ReadableStreamDefaultController<PcmChunk>
  const stream = new ReadableStream<PcmChunk>({
    start(given) {
      controller = given
    },
  })
  let position = 0
  return {
    stream,
    push(samples: Float32Array, last = false) {
      controller.enqueue({ samples, sampleRate, position, last, receivedAtMs: performance.now() })
      position += samples.length
      if (last) controller.close()
    },
  }
}

const rising = (length: number) => Float32Array.from({ length }, (_, i) => i + 1)
async function renderUntil(context: FakeContext, isSo: () => boolean): Promise<void> {
  while (!isSo()) {
    context.render()
    await soon(1)
  }
}

describe('Player', () => {
  it('plays a source of two channels, frame by frame, in whatever pieces it comes', async () => {
    const { context, player } = await make({ channels: 2, ringMs: 100 })
    const { stream, push } = source()
    let isOver = false
    const playing = player.play(stream).then(() => {
      isOver = true
    })
    const all = rising(2 * 7001)
    push(all.slice(0, 2 * 11))
    push(all.slice(2 * 11, 2 * 5000))
    push(all.slice(2 * 5000), true)
    await renderUntil(context, () => isOver)
    await playing
    const first = context.heard.indexOf(1)
    expect(context.heard.slice(first, first + all.length)).toEqual([...all])
    expect(first % 2).toBe(0)
    expect(player.duration).toBeCloseTo(7001 / sampleRate)
    expect(player.stats().positionSeconds).toBeCloseTo(7001 / sampleRate)
  })

  it('stays where it was heard last when it is stopped', async () => {
    const { context, player } = await make()
    const { stream, push } = source()
    void player.play(stream)
    push(rising(20_000))
    await renderUntil(context, () => context.heard.includes(3000))
    const stopped = player.stop()
    let isSilent = false
    void stopped.then(() => {
      isSilent = true
    })
    await renderUntil(context, () => isSilent)
    // A fade of 5 ms and a block or two; not the second that was dropped.
    expect(player.currentTime).toBeLessThan(4000 / sampleRate)
    expect(player.currentTime).toBeGreaterThan(2800 / sampleRate)
  })

  it('tells no stall where a short underrun is over before it is seen', async () => {
    const { context, player, events } = await make()
    const { stream, push } = source()
    void player.play(stream)
    push(rising(4800))
    // Runs dry and goes on again between two looks of the page.
    await soon(60)
    context.render(60)
    push(rising(12_000))
    await soon(30)
    context.render(20)
    await soon(1000)
    expect(events).toEqual(['start', 'underrun'])
    expect(player.state).toBe('playing')
  })

  it('tells a stall once more samples have been awaited for half a second', async () => {
    const { context, player, events } = await make()
    const { stream, push } = source()
    void player.play(stream)
    push(rising(4800))
    await soon()
    context.render(60)
    await soon(400)
    expect(events).toEqual(['start', 'underrun'])
    await soon(200)
    expect(events).toEqual(['start', 'underrun', 'stall'])
    expect(player.state).toBe('stalled')
  })

  it('asks for the sound with the next gesture even where it replaces what waited for one', async () => {
    const page = new EventTarget()
    vi.stubGlobal('document', page)
    const { context, player } = await make()
    context.state = 'suspended'
    void player.play(source().stream)
    const second = source()
    void player.play(second.stream)
    await soon(60)
    const before = context.resumes
    page.dispatchEvent(new Event('pointerup'))
    expect(context.resumes).toBe(before + 1)
  })

  it('ends what plays when its context is closed, even with a full ring', async () => {
    const { context, player } = await make({ ringMs: 100 })
    const { stream, push } = source()
    const playing = player.play(stream)
    push(rising(100_000))
    await soon()
    context.become('closed')
    await soon()
    await playing
    expect(player.state).toBe('closed')
    await expect(player.play(source().stream)).rejects.toMatchObject({ code: 'closed' })
    await player.close()
  })

  it('can be closed twice, and refuses to play after that', async () => {
    const { context, player } = await make()
    await player.close()
    await player.close()
    await expect(player.play(source().stream)).rejects.toMatchObject({
      code: 'closed',
      message: 'play: the player was closed',
    })
    player.pause()
    player.resume()
    await player.stop()
    context.become('suspended')
    expect(player.state).toBe('idle')
  })

  it('is stopped by a signal, before and while it plays, with its reason', async () => {
    const { player } = await make()
    const signal = AbortSignal.abort(new Error('too late'))
    await expect(player.play(source().stream, { signal })).rejects.toThrow('too late')
    const controller = new AbortController()
    const { context } = player.node as unknown as { context: FakeContext }
    const playing = player.play(source().stream, { signal: controller.signal })
    const outcome = expect(playing).rejects.toThrow('enough')
    await soon()
    controller.abort(new Error('enough'))
    await renderUntil(context, () => player.state === 'idle')
    await soon()
    await outcome
  })

  it.each([
    [undefined, 'source: got undefined, expected an async iterable or a ReadableStream of chunks'],
    [null, 'source: got null'],
    [new Float32Array(4), 'source: got Float32Array'],
  ])('refuses to play %j', async (wrong, message) => {
    const { player } = await make()
    await expect(player.play(wrong as never)).rejects.toThrow(message)
  })

  it.each([
    [{ channels: 3 }, 'channels: got 3, expected 1 or 2'],
    [{ ringMs: 10 }, 'ringMs: got 10, expected ms from 100 on'],
    [{ ringMs: Number.NaN }, 'ringMs: got NaN'],
    [{ fadeMs: -1 }, 'fadeMs: got -1'],
    [{ fadeMs: 100 }, 'fadeMs: got 100, expected ms up to 50'],
    [{ transport: 'pipe' }, 'transport: got pipe'],
    [{ prebuffer: { startMs: Number.NaN } }, 'prebuffer.startMs: got NaN'],
    [{ prebuffer: { minMs: 900 } }, 'prebuffer.minMs: got 900, expected prebuffer.maxMs (800) at most'],
  ])('refuses the options %j', async (options, message) => {
    const context = new FakeContext()
    const creating = Player.create(context as unknown as AudioContext, options as PlayerOptions)
    await expect(creating).rejects.toThrow(message)
    await expect(creating).rejects.toMatchObject({ code: 'invalid_argument' })
  })
})
