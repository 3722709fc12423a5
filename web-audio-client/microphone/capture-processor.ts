import { captureProcessorName } from './processor-name.js'

/** Hands what the microphone brings to the page, in blocks. */
const blockSamples = 1024

class CaptureProcessor extends AudioWorkletProcessor {
  private readonly block = new Float32Array(blockSamples)
  private filled = 0

  /** Audio thread. Copies; allocates only the message that every eighth block sends. */
  process(inputs: Float32Array[][]): boolean {
    const samples = inputs[0]?.[0]
    if (samples === undefined) return true
    this.block.set(samples, this.filled)
    this.filled += samples.length
    if (this.filled + samples.length > blockSamples) {
      this.port.postMessage(this.block.subarray(0, this.filled))
      this.filled = 0
    }
    return true
  }
}

/** By a call, as bundlers drop an import of nothing: the package says that its modules do nothing by themselves. */
export function registerCaptureProcessor(): void {
  registerProcessor(captureProcessorName, CaptureProcessor)
}
