import type { Frames } from '../audio/buffers/frames.js'
import type { MelConfig } from '../audio/mel/mel-config.js'
import type { Audio } from '../audio/wav/wav.js'
import type { Likelihood } from '../likelihood/likelihood.js'
import type { ScoreAnswer } from '../scoring/verdict/answer.js'
import type { SynthesisOptions } from '../synthesis/options.js'
import type { VoiceControls } from '../synthesis/voice/controls.js'
import type { LiveVoiceOptions } from '../synthesis/voice/live-voice.js'
import type { Failure } from '../threads/failure.js'

/** Bytes of the model and of the WebAssembly that computes it. What is stored already counts as loaded. */
export interface LoadProgress {
  readonly loaded: number
  readonly total: number
}

/** The first message to the worker: addresses, absolute. */
export interface LoadRequest {
  readonly modelUrl: string
  readonly runtimeUrl: string
}

/** What the worker answers: progress, then one of the others. */
export type LoadReply =
  | ({ readonly type: 'progress' } & LoadProgress)
  | { readonly type: 'loaded'; readonly mel: MelConfig; readonly isStored: boolean; readonly engine: string }
  | { readonly type: 'failed'; readonly failure: Failure }

/** Each further message to the worker asks for one of these; what follows goes through the port that comes with it. */
export type OpenRequest =
  | { readonly type: 'stream'; readonly options: SynthesisOptions }
  | ({ readonly type: 'score' } & ScoreRequest)
  | { readonly type: 'likelihood'; readonly waveform: Float32Array }
  | { readonly type: 'voice'; readonly options: LiveVoiceOptions }

export interface ScoreRequest {
  readonly recording: Recording
  /** Absolute; absent: that of the model. */
  readonly calibrationUrl?: string
  readonly settings: ScoreSettings
}

/** A file (WAV, FLAC, MP3 or Ogg), or samples in ± 1, one array a channel. */
export type Recording = Blob | Audio

/** How a recording is judged: what `glowcast score` calls `--group` and so on. */
export interface ScoreSettings {
  /** Of the calibration. Default as of `glowcast score`: `auto`, where a recording's condition chooses its group. */
  readonly group?: string
  /** Judges the recording in blocks of so many seconds, from 0.5 to 30; default: as the group was calibrated. */
  readonly blockSeconds?: number
  /** Share of normal recordings that are not accepted. Default 0.01. */
  readonly falseAlarmRate?: number
  /** Of the ties. Default 0. */
  readonly seed?: number
}

/** From the page: it wants samples, gives mel frames that were wanted, says that there are no more, or gives up. */
export type StreamRequest =
  | { readonly type: 'next' }
  | { readonly type: 'mel'; readonly frames: Frames }
  | { readonly type: 'end' }
  | { readonly type: 'close' }

/** From the worker: it wants mel frames, gives samples that were wanted, or has ended. */
export type StreamReply =
  | { readonly type: 'want' }
  | { readonly type: 'samples'; readonly samples: Float32Array }
  | { readonly type: 'done' }
  | { readonly type: 'failed'; readonly failure: Failure }

/** From the page to a live voice, in order. */
export type VoiceRequest =
  | { readonly type: 'push'; readonly samples: Float32Array }
  | { readonly type: 'set'; readonly changes: Partial<VoiceControls> }
  /** Bytes of a MIDI message; has no answer. */
  | { readonly type: 'play'; readonly bytes: Uint8Array }
  | { readonly type: 'flush' }
  | { readonly type: 'close' }

/** From a live voice: that it is there, then what answers each request but `play` and `close`. */
export type VoiceReply =
  | { readonly type: 'opened'; readonly latencySamples: number; readonly controls: VoiceControls }
  | { readonly type: 'samples'; readonly samples: Float32Array; readonly computeMs: number }
  | { readonly type: 'controls'; readonly controls: VoiceControls }
  | { readonly type: 'failed'; readonly failure: Failure }

/** From the worker, of what has one answer: shares of the work, then one of the others. */
export type AnswerReply<Answer extends ScoreAnswer | Likelihood> =
  | { readonly type: 'progress'; readonly share: number }
  | { readonly type: 'answer'; readonly answer: Answer }
  | { readonly type: 'failed'; readonly failure: Failure }
