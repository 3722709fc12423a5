/** Hands on what it hears, and keeps a copy: every sample of the context that reaches it, block by block. */
class Recorder extends AudioWorkletProcessor {
  process([input], [output]) {
    const samples = input[0] ?? new Float32Array(128)
    output[0].set(samples)
    this.port.postMessage(samples.slice())
    return true
  }
}

registerProcessor('recorder', Recorder)
