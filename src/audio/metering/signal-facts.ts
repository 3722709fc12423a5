import type { FileFacts } from '../files/file-warnings.js'
import { BandwidthMeter } from './bandwidth.js'
import { amplitudeDb, ChannelLevelMeter } from './channel-levels.js'
import { ClipCounter } from './clip-counter.js'
import { LoudnessMeter } from './loudness.js'
import { TruePeakMeter } from './true-peak.js'

/** Plain measures of a recording, of all its channels at its own rate. */
export interface SignalFacts extends FileFacts {
  readonly seconds: number
  /** dB full scale, between samples too; null for digital silence. */
  readonly truePeakDb: number | null
  /** EBU R 128 integrated loudness; null for silence and for less than 400 ms. */
  readonly loudnessLufs: number | null
  /** Mean of the samples. */
  readonly dc: number
  /** Share of the 10 ms blocks whose level, without DC, is below −60 dB full scale. */
  readonly silenceShare: number
  /** Samples in runs of three or more at the largest or the smallest value of their channel. */
  readonly clippedSamples: number
  /** Where the spectrum of the channels' mean ends, Hz; 0 for silence. */
  readonly bandwidthHz: number
}

/** Blocks below this are silence: nobody hears them beside speech. */
export const silenceDb = -60
const blockSeconds = 0.01

/** Collects `SignalFacts` over a stream, in bounded memory but for one number for each 100 ms. */
export class SignalFactsMeter {
  private readonly loudness: LoudnessMeter
  private readonly truePeak: TruePeakMeter
  private readonly clips: ClipCounter[]
  private readonly levels: ChannelLevelMeter
  private readonly bandwidth: BandwidthMeter
  private readonly blockLength: number
  private samples = 0
  private sum = 0
  private blockSum = 0
  private blockSquares = 0
  private blockFill = 0
  private blocks = 0
  private silentBlocks = 0

  constructor(
    private readonly sampleRate: number,
    private readonly channels: number,
  ) {
    this.loudness = new LoudnessMeter(sampleRate, channels)
    this.truePeak = new TruePeakMeter(sampleRate, channels)
    this.clips = Array.from({ length: channels }, () => new ClipCounter())
    this.levels = new ChannelLevelMeter(channels)
    this.bandwidth = new BandwidthMeter(sampleRate)
    this.blockLength = Math.max(1, Math.round(blockSeconds * sampleRate)) * channels
  }

  push(chunk: readonly Float32Array[]): void {
    this.loudness.push(chunk)
    this.truePeak.push(chunk)
    this.levels.push(chunk)
    const length = chunk[0]?.length ?? 0
    this.samples += length
    for (let i = 0; i < length; i++) {
      let mixed = 0
      for (let channel = 0; channel < this.channels; channel++) {
        const sample = chunk[channel]![i]!
        this.clips[channel]!.push(sample)
        this.blockSum += sample
        this.blockSquares += sample * sample
        mixed += sample
      }
      this.bandwidth.push(mixed / this.channels)
      this.blockFill += this.channels
      if (this.blockFill >= this.blockLength) this.endBlock()
    }
  }

  /** Ends the signal. */
  flush(): SignalFacts {
    if (this.blockFill > 0) this.endBlock()
    const count = Math.max(1, this.samples * this.channels)
    return {
      sampleRate: this.sampleRate,
      channels: this.channels,
      samples: this.samples,
      seconds: this.samples / this.sampleRate,
      ...this.levels.levels(),
      truePeakDb: amplitudeDb(this.truePeak.flush()),
      loudnessLufs: this.loudness.integrated(),
      dc: this.sum / count,
      silenceShare: this.blocks === 0 ? 1 : this.silentBlocks / this.blocks,
      clippedSamples: this.clips.reduce((sum, counter) => sum + counter.count(), 0),
      bandwidthHz: this.bandwidth.flush(),
    }
  }

  private endBlock(): void {
    this.sum += this.blockSum
    const variance = this.blockSquares / this.blockFill - (this.blockSum / this.blockFill) ** 2
    this.blocks++
    if (variance < 10 ** (silenceDb / 10)) this.silentBlocks++
    this.blockSum = 0
    this.blockSquares = 0
    this.blockFill = 0
  }
}
