import initializeWamEnv from '@webaudiomodules/sdk/src/WamEnv.js'
import initializeWamGroup from '@webaudiomodules/sdk/src/WamGroup.js'

// What `initializeWamHost` of the SDK does by `blob:`, from a file.
initializeWamEnv('2.0.0-alpha.6')
initializeWamGroup('strict-host', 'key')

/** Takes down what reaches its two inputs, block by block. */
class PairRecorder extends AudioWorkletProcessor {
  process(inputs: Float32Array[][]): boolean {
    this.port.postMessage(inputs.map(([samples]) => (samples ?? new Float32Array(128)).slice()))
    return true
  }
}

registerProcessor('pair-recorder', PairRecorder)
