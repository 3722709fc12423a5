import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { ProtocolErrorCode, ScoreDecision } from '../../src/protocol/messages.js'
import type { Admission } from '../synthesis/admission.js'

/** What `/metrics` tells, in a registry of its own: an application's other metrics are not touched. */
export class Metrics {
  readonly registry = new Registry()
  private readonly streams = new Counter({
    name: 'glowcast_streams_total',
    help: 'Streams by how they ended',
    labelNames: ['outcome'],
    registers: [this.registry],
  })
  private readonly errors = new Counter({
    name: 'glowcast_errors_total',
    help: 'Errors told to clients, by code',
    labelNames: ['code'],
    registers: [this.registry],
  })
  private readonly refusals = new Counter({
    name: 'glowcast_refusals_total',
    help: 'Connections, streams and requests that were refused, by code',
    labelNames: ['code'],
    registers: [this.registry],
  })
  private readonly ttfa = new Histogram({
    name: 'glowcast_ttfa_seconds',
    help: 'From the mel frames that suffice for sound to the first samples sent',
    buckets: [0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1, 2.5],
    registers: [this.registry],
  })
  private readonly rtf = new Histogram({
    name: 'glowcast_rtf',
    help: 'Compute time of a stream over the time of its audio',
    buckets: [0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1],
    registers: [this.registry],
  })
  private readonly late = new Counter({
    name: 'glowcast_underruns_total',
    help: 'Chunks that were made after they were due although their mel frames had come in time',
    registers: [this.registry],
  })
  private readonly samples = new Counter({
    name: 'glowcast_samples_total',
    help: 'Samples sent',
    registers: [this.registry],
  })

  private readonly scoredSeconds = new Counter({
    name: 'glowcast_scored_seconds_total',
    help: 'Seconds of recordings that were scored, in requests and in streams',
    registers: [this.registry],
  })
  private readonly decisions = new Counter({
    name: 'glowcast_score_decisions_total',
    help: 'Decisions on recordings and on blocks of streams',
    labelNames: ['decision'],
    registers: [this.registry],
  })
  private readonly driftAlarms = new Counter({
    name: 'glowcast_drift_alarms_total',
    help: 'Scoring streams whose p-values were seen to drift',
    registers: [this.registry],
  })

  private readonly spoken = new Counter({
    name: 'glowcast_spoken_characters_total',
    help: 'Characters of texts whose speech was sent',
    registers: [this.registry],
  })
  private readonly firstSpeech = new Histogram({
    name: 'glowcast_speech_first_audio_seconds',
    help: 'From a text to the first samples of its speech',
    buckets: [0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 1.5, 2.5, 5],
    registers: [this.registry],
  })

  constructor(sources: { admission: Admission; sockets: () => number; queuedBytes: () => number }) {
    const gauge = (name: string, help: string, value: () => number) =>
      new Gauge({
        name,
        help,
        registers: [this.registry],
        collect() {
          this.set(value())
        },
      })
    gauge('glowcast_streams_open', 'Permits that open streams take', () => sources.admission.open)
    gauge('glowcast_streams_capacity', 'Permits that are given', () => sources.admission.capacity)
    gauge('glowcast_sockets_open', 'Sockets that are open', sources.sockets)
    gauge('glowcast_queue_bytes', 'Bytes that wait for sockets to take them', sources.queuedBytes)
    collectDefaultMetrics({ register: this.registry })
  }

  sent(samples: number): void {
    this.samples.inc(samples)
  }

  firstAudio(ttfaMs: number): void {
    this.ttfa.observe(ttfaMs / 1000)
  }

  streamEnded(outcome: 'done' | 'cancelled' | 'failed', totals?: { rtf: number }): void {
    this.streams.inc({ outcome })
    if (totals !== undefined && totals.rtf > 0) this.rtf.observe(totals.rtf)
  }

  ranLate(): void {
    this.late.inc()
  }

  scored(seconds: number): void {
    this.scoredSeconds.inc(seconds)
  }

  decided(decision: ScoreDecision): void {
    this.decisions.inc({ decision })
  }

  firstSpoken(ms: number): void {
    this.firstSpeech.observe(ms / 1000)
  }

  spoke(characters: number): void {
    this.spoken.inc(characters)
  }

  drifted(): void {
    this.driftAlarms.inc()
  }

  error(code: ProtocolErrorCode): void {
    this.errors.inc({ code })
  }

  refused(code: ProtocolErrorCode): void {
    this.refusals.inc({ code })
  }
}
