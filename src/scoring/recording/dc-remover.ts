/** The mean is taken over so long at the most, and at the start as if so much silence had come before. */
const maxSeconds = 5
const startSeconds = 0.1

/**
 * Takes the running mean of a stream away: a constant offset is no sound, but costs likelihood. The mean of a whole
 * recording, as `readRecording` takes it, is not known yet.
 */
export class DcRemover {
  private mean = 0
  private count: number
  private readonly most: number

  constructor(sampleRate: number) {
    this.count = startSeconds * sampleRate
    this.most = maxSeconds * sampleRate
  }

  remove(samples: Float32Array): Float32Array {
    return samples.map((sample) => {
      this.count = Math.min(this.count + 1, this.most)
      this.mean += (sample - this.mean) / this.count
      return sample - this.mean
    })
  }
}
