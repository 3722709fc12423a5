import { SampleWindow } from '../../audio/buffers/sample-window.js'
import type { AudioSource } from '../../audio/files/audio-source.js'
import { toMono } from '../../audio/files/channels.js'
import { fileExtent } from '../../audio/files/file-warnings.js'
import { type SignalFacts, SignalFactsMeter, silenceDb } from '../../audio/metering/signal-facts.js'
import { Resampler } from '../../audio/resample.js'
import { invalidAudio, silent, tooShort } from '../../errors.js'
import { CutEndMeter, type CutEnds } from './cut-ends.js'
import { blockSeconds, minSeconds } from './lengths.js'

/** A recording as the density sees it. */
export interface ScoredRecording {
  readonly facts: SignalFacts
  /** Ends that lie within sound. */
  readonly cutEnds: CutEnds
  /** A block that was cut out of a longer recording. */
  readonly isPart?: boolean
  /** Start of the sha256 of its file, see `recordingHash`; of samples that no file holds undefined. */
  hash(): Promise<string | undefined>
  /** Mono at the model's rate without DC, in segments of at most `blockSeconds` and what is heard around them. */
  segments(modelRate: number): AsyncGenerator<HeardSegment>
}

export interface HeardSegment {
  readonly samples: Float32Array
  /** Where what is scored begins in the recording. */
  readonly startSeconds: number
  /** Samples at either end that are heard, and not scored. */
  readonly margins: Margins
}

interface Margins {
  readonly lead: number
  readonly behind: number
}

/**
 * What is heard before a segment that was cut out of a longer recording and behind it, seconds. It has no pause at its
 * ends: alone it would begin with a click.
 */
export const heardBeforeSeconds = 0.5
export const heardBehindSeconds = 0.25

/** What of a segment is scored. */
export function scoredPart({ samples, margins }: HeardSegment): Float32Array {
  return samples.subarray(margins.lead, samples.length - margins.behind)
}

/**
 * Reads a source twice, block by block: once for its facts, once to be scored.
 *
 * @param name how errors name it
 * @param onRead told the share of the first reading that is done
 * @throws GlowcastError INVALID_AUDIO, NON_FINITE
 */
export async function readRecording(
  source: AudioSource,
  name: string,
  onRead: (share: number) => void = () => undefined,
): Promise<ScoredRecording> {
  if (source.samples === 0) {
    throw invalidAudio(name, 'no samples', 'at least one sample')
  }
  const meter = new SignalFactsMeter(source.sampleRate, source.channels)
  const endMeter = new CutEndMeter(source.sampleRate)
  let position = 0
  for await (const block of source.blocks()) {
    position += block[0]!.length
    meter.push(block)
    endMeter.push(block)
    onRead(position / source.samples)
  }
  const facts = { ...meter.flush(), ...fileExtent(source) }
  const cutEnds = endMeter.ends(facts.levelDb)
  return {
    facts,
    cutEnds,
    hash: async () => undefined,
    segments: (modelRate) => segments(source, facts.dc, modelRate),
  }
}

/** @param quietestDb what counts as sound, for the message @throws GlowcastError TOO_SHORT, SILENT */
export function assertScorable(
  path: string,
  facts: Pick<SignalFacts, 'seconds' | 'silenceShare' | 'levelDb'> & Partial<Pick<SignalFacts, 'mixLevelDb'>>,
  quietestDb = silenceDb,
): void {
  const { seconds, silenceShare, levelDb, mixLevelDb } = facts
  if (seconds < minSeconds) {
    throw tooShort(path, `${seconds.toFixed(3)} s`, `at least ${minSeconds} s`)
  }
  if (levelDb === null || silenceShare === 1) {
    throw silent(path, 'silence', `something above ${quietestDb} dB full scale`)
  }
  if (mixLevelDb !== undefined && (mixLevelDb === null || mixLevelDb < quietestDb)) {
    const got = 'channels that cancel each other: their mean, which is used, is silence'
    throw silent(path, got, `something above ${quietestDb} dB full scale`)
  }
}

/** The first segment of a recording; its file is closed again. */
export async function firstSegmentOf(recording: ScoredRecording, modelRate: number): Promise<HeardSegment> {
  for await (const segment of recording.segments(modelRate)) return segment
  throw new Error('A recording that can be scored has a segment.')
}

/** As `ScoredRecording.segments`, of a recording whose mean is `dc`. */
export async function* segments(
  source: AudioSource,
  dc: number,
  sampleRate: number,
): AsyncGenerator<HeardSegment> {
  const total = Math.round((source.samples * sampleRate) / source.sampleRate)
  let start = 0
  const count = Math.max(1, Math.ceil(total / (blockSeconds * sampleRate)))
  const length = Math.ceil(total / count)
  const before = Math.round(heardBeforeSeconds * sampleRate)
  const behind = Math.round(heardBehindSeconds * sampleRate)
  const held = new SampleWindow()
  function* ready(received: number): Generator<HeardSegment> {
    while (start < total) {
      const end = Math.min(start + length, total)
      const [from, to] = [Math.max(0, start - before), Math.min(total, end + behind)]
      if (to > received) return
      const samples = new Float32Array(to - from)
      held.read(from, samples)
      yield { samples, startSeconds: start / sampleRate, margins: { lead: start - from, behind: to - end } }
      start = end
      held.forgetBefore(Math.max(0, start - before))
    }
  }
  let received = 0
  for await (const samples of monoAt(source, dc, sampleRate)) {
    held.append(samples)
    received += samples.length
    yield* ready(received)
  }
  // The resampler may round to a sample less.
  yield* ready(Number.POSITIVE_INFINITY)
}

async function* monoAt(source: AudioSource, dc: number, sampleRate: number): AsyncGenerator<Float32Array> {
  const resampler = new Resampler(source.sampleRate, sampleRate)
  for await (const block of source.blocks()) {
    const mono = toMono({ channels: block }).map((sample) => sample - dc)
    yield resampler.push(mono)
  }
  yield resampler.flush()
}
