import { beforeEach, expect, it, vi } from 'vitest'
import { Microphone } from '../../../web-audio-client/index.js'

class FakeTrack extends EventTarget {
  isStopped = false
  stop(): void {
    this.isStopped = true
  }
}

let track: FakeTrack
let asked: MediaStreamConstraints[]
let capture: { port: { onmessage: ((event: { data: Float32Array }) => void) | null } }

function contextThat(addModule: () => Promise<void>) {
  const source = { connect: vi.fn(), disconnect: vi.fn() }
  const context = { audioWorklet: { addModule: vi.fn(addModule) }, createMediaStreamSource: () => source }
  return { context: context as unknown as AudioContext, addModule: context.audioWorklet.addModule, source }
}

beforeEach(() => {
  track = new FakeTrack()
  asked = []
  const getUserMedia = async (constraints: MediaStreamConstraints) => {
    asked.push(constraints)
    return { getTracks: () => [track] }
  }
  vi.stubGlobal('navigator', { mediaDevices: { getUserMedia } })
  class FakeNode {
    readonly port = { onmessage: null }
    constructor() {
      capture = this
    }
  }
  vi.stubGlobal('AudioWorkletNode', FakeNode)
})

const options = { echoCancellation: false, workletUrl: './player-worklet.js' }

it('gives samples as they come until it is stopped, and the device back', async () => {
  const { context, addModule, source } = contextThat(async () => undefined)
  const heard: Float32Array[] = []
  const onLost = vi.fn()
  const microphone = await Microphone.open(context, options, (samples) => heard.push(samples), onLost)
  expect(asked).toEqual([
    { audio: { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false } },
  ])
  expect(addModule).toHaveBeenCalledWith('./player-worklet.js')
  capture.port.onmessage?.({ data: new Float32Array([0.5]) })
  expect(heard).toEqual([new Float32Array([0.5])])
  track.dispatchEvent(new Event('ended'))
  expect(onLost).toHaveBeenCalledOnce()
  microphone.stop()
  expect(capture.port.onmessage).toBeNull()
  expect(source.disconnect).toHaveBeenCalled()
  expect(track.isStopped).toBe(true)
})

it('loads the worklet once a context, whose processors cannot be registered twice', async () => {
  const { context, addModule } = contextThat(async () => undefined)
  await Promise.all([1, 2].map(() => Microphone.open(context, options, vi.fn(), vi.fn())))
  expect(addModule).toHaveBeenCalledOnce()
})

it('gives the device back where the worklet does not load, and loads it again when asked again', async () => {
  let works = false
  const { context } = contextThat(async () => {
    if (!works) throw new Error('404')
  })
  const open = () => Microphone.open(context, options, vi.fn(), vi.fn())
  await expect(open()).rejects.toMatchObject({ code: 'unsupported', field: 'workletUrl' })
  expect(track.isStopped).toBe(true)
  works = true
  await expect(open()).resolves.toBeInstanceOf(Microphone)
})

it('says where a page may not ask', async () => {
  vi.stubGlobal('navigator', {})
  const { context } = contextThat(async () => undefined)
  await expect(Microphone.open(context, options, vi.fn(), vi.fn())).rejects.toMatchObject({
    name: 'NotSupportedError',
  })
})
