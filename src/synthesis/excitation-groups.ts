import { SampleWindow } from '../audio/buffers/sample-window.js'
import { MdctAnalyzer } from '../audio/spectral/mdct.js'

/** The MDCT of both pulse trains of an excitation, group by group, as the flow takes it: [groups, 2 * groupSize]. */
export class ExcitationGroups {
  private readonly cosine: MdctAnalyzer
  private readonly sine: MdctAnalyzer
  private readonly window: SampleWindow

  constructor(private readonly groupSize: number) {
    this.cosine = new MdctAnalyzer(groupSize)
    this.sine = new MdctAnalyzer(groupSize)
    this.window = new SampleWindow(2 * groupSize)
  }

  /** Groups that wait to be taken. */
  get groups(): number {
    return this.window.length
  }

  push({ cosine, sine }: { readonly cosine: Float32Array; readonly sine: Float32Array }): void {
    this.append(this.cosine.push(cosine).data, this.sine.push(sine).data)
  }

  flush(): void {
    this.append(this.cosine.flush().data, this.sine.flush().data)
  }

  /** Fills the target with the next groups, zeros where there are none. */
  take(target: Float32Array): void {
    this.window.take(target)
  }

  private append(cosine: Float32Array, sine: Float32Array): void {
    const size = this.groupSize
    const rows = this.window.extend(cosine.length / size)
    for (let from = 0; from < cosine.length; from += size) {
      rows.set(cosine.subarray(from, from + size), 2 * from)
      rows.set(sine.subarray(from, from + size), 2 * from + size)
    }
  }
}
