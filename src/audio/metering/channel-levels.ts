/** Levels of a recording, dB full scale; null for digital silence. */
export interface ChannelLevels {
  /** Root mean square over all channels. */
  readonly levelDb: number | null
  /** Of each channel, and of their mean, without DC. */
  readonly channelLevelsDb: readonly (number | null)[]
  readonly mixLevelDb: number | null
}

/** Of an amplitude; null of 0. */
export function amplitudeDb(amplitude: number): number | null {
  return amplitude > 0 ? 20 * Math.log10(amplitude) : null
}

/** Below this a level without DC is the rounding of sums. */
const minLevel = 1e-7

class PowerSum {
  private sum = 0
  squares = 0

  push(sample: number): void {
    this.sum += sample
    this.squares += sample * sample
  }

  /** Without DC. */
  levelDb(count: number): number | null {
    const mean = this.sum / Math.max(1, count)
    const level = Math.sqrt(Math.max(0, this.squares / Math.max(1, count) - mean * mean))
    return level > minLevel ? amplitudeDb(level) : null
  }
}

/** Collects `ChannelLevels` over a stream. */
export class ChannelLevelMeter {
  private readonly powers: PowerSum[]
  private readonly mix = new PowerSum()
  private samples = 0

  constructor(private readonly channels: number) {
    this.powers = Array.from({ length: channels }, () => new PowerSum())
  }

  /** @param block one array of each channel */
  push(block: readonly Float32Array[]): void {
    const length = block[0]?.length ?? 0
    this.samples += length
    for (let i = 0; i < length; i++) {
      let mixed = 0
      for (let channel = 0; channel < this.channels; channel++) {
        const sample = block[channel]![i]!
        this.powers[channel]!.push(sample)
        mixed += sample
      }
      this.mix.push(mixed / this.channels)
    }
  }

  levels(): ChannelLevels {
    const squares = this.powers.reduce((sum, power) => sum + power.squares, 0)
    return {
      levelDb: amplitudeDb(Math.sqrt(squares / Math.max(1, this.samples * this.channels))),
      channelLevelsDb: this.powers.map((power) => power.levelDb(this.samples)),
      mixLevelDb: this.mix.levelDb(this.samples),
    }
  }
}
