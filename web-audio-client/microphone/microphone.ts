import { loadWorklet } from '../player/worklet/load.js'
import { captureProcessorName } from './processor-name.js'

export interface MicrophoneOptions {
  /** What the loudspeaker plays is taken out again, at the price of the voice's fidelity. */
  readonly echoCancellation: boolean
  /** As of a `Player`: where `player-worklet.js` is served. */
  readonly workletUrl?: string | URL
}

/** The microphone at its context's rate, until it is stopped. */
export class Microphone {
  private constructor(
    private readonly media: MediaStream,
    private readonly source: MediaStreamAudioSourceNode,
    private readonly capture: AudioWorkletNode,
  ) {}

  /**
   * Asks for the sound as it is: noise suppression and automatic gain are off, as both damage what is judged.
   *
   * @param onSamples called with what comes
   * @param onLost called when the device is gone
   * @throws DOMException NotAllowedError, NotFoundError and others of getUserMedia; NotSupportedError where a page
   *   may not ask
   * @throws GlowcastClientError unsupported when the worklet cannot be loaded
   */
  static async open(
    context: AudioContext,
    { echoCancellation, workletUrl }: MicrophoneOptions,
    onSamples: (samples: Float32Array) => void,
    onLost: () => void,
  ): Promise<Microphone> {
    // Absent from pages that are not secure, whatever the types say.
    const devices: MediaDevices | undefined = navigator.mediaDevices
    if (devices === undefined) throw new DOMException('no media devices', 'NotSupportedError')
    const audio = { channelCount: 1, echoCancellation, noiseSuppression: false, autoGainControl: false }
    const media = await devices.getUserMedia({ audio })
    try {
      await loadWorklet(context, workletUrl)
      const source = context.createMediaStreamSource(media)
      const options = { numberOfOutputs: 0, channelCount: 1, channelCountMode: 'explicit' } as const
      const capture = new AudioWorkletNode(context, captureProcessorName, options)
      capture.port.onmessage = ({ data }: MessageEvent<Float32Array>) => onSamples(data)
      source.connect(capture)
      for (const track of media.getTracks()) track.addEventListener('ended', onLost)
      return new Microphone(media, source, capture)
    } catch (error) {
      release(media)
      throw error
    }
  }

  /** Gives the device back. */
  stop(): void {
    this.capture.port.onmessage = null
    this.source.disconnect()
    release(this.media)
  }
}

function release(media: MediaStream): void {
  for (const track of media.getTracks()) track.stop()
}
