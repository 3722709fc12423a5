import { Resampler } from '../../src/audio/resample.js'
import captureUrl from './capture-worklet.ts?worker&url'

/** The microphone at a rate of our choice, until it is stopped. */
export class Microphone {
  private constructor(
    private readonly media: MediaStream,
    private readonly source: MediaStreamAudioSourceNode,
    private readonly capture: AudioWorkletNode,
  ) {}

  /**
   * @param toRate Hz
   * @param onSamples called with what comes
   * @throws DOMException NotAllowedError, NotFoundError and others of getUserMedia
   */
  static async open(
    context: AudioContext,
    toRate: number,
    onSamples: (samples: Float32Array) => void,
  ): Promise<Microphone> {
    const audio = { channelCount: 1, echoCancellation: true, noiseSuppression: false, autoGainControl: false }
    const media = await navigator.mediaDevices.getUserMedia({ audio })
    await context.audioWorklet.addModule(captureUrl)
    const source = context.createMediaStreamSource(media)
    const capture = new AudioWorkletNode(context, 'glowcast-capture', { numberOfOutputs: 0, channelCount: 1 })
    const resampler = new Resampler(context.sampleRate, toRate)
    capture.port.onmessage = ({ data }: MessageEvent<Float32Array>) => onSamples(resampler.push(data))
    source.connect(capture)
    return new Microphone(media, source, capture)
  }

  stop(): void {
    this.capture.port.onmessage = null
    this.source.disconnect()
    for (const track of this.media.getTracks()) track.stop()
  }
}
