import type { AcousticModel, SpokenPart } from '../../src/speech/acoustic-model.js'
import type { CancelFlag } from '../workers/cancellation.js'

/** What a worker is started with. */
export interface SpeechWorkerSettings {
  readonly folder: string
}

/** What is known of a model beside its speech. */
export type AcousticFacts = Pick<AcousticModel, 'description' | 'voices' | 'mel' | 'speeds' | 'sharpen'>

export type SpeechJob =
  | { readonly type: 'describe' }
  /** Begins an utterance; the answer is its first part. */
  | {
      readonly type: 'begin'
      readonly utterance: number
      readonly text: string
      readonly voice?: string
      readonly speed?: number
      readonly cancel?: CancelFlag
    }
  | { readonly type: 'next'; readonly utterance: number; readonly cancel?: CancelFlag }
  /** Forgets an utterance before its end. */
  | { readonly type: 'end'; readonly utterance: number }

export interface SpeechAnswer {
  readonly facts?: AcousticFacts
  /** Absent at the end of the utterance. */
  readonly part?: SpokenPart
}
