/**
 * What the page and the audio thread tell each other beside the samples: one Int32Array, in shared memory or, where
 * there is none, one on either side that messages keep alike. Each word has one writer.
 */
export const word = {
  /** Page. Samples that must lie in the ring before playback starts, or starts again. */
  prebuffer: 0,
  /** Page. Position after the last sample of an utterance; set before that sample is written. */
  utteranceEnd: 1,
  /** Page. What lies before this position is dropped when `clears` changes. */
  clearTo: 2,
  /** Page. Counts requests to clear. */
  clears: 3,
  /** Page. 1: hold playback. */
  hold: 4,
  /** Audio thread. How often the samples ran out within an utterance. */
  underruns: 5,
  /** Audio thread. A `playbackState`. */
  state: 6,
  /** Audio thread. Counts the times that playback started, or started again. */
  starts: 7,
  /** Audio thread. The context's frame (low 32 bits) in which it last did. */
  startFrame: 8,
  /** Audio thread. The value of `clears` that it last answered. */
  cleared: 9,
} as const

export type Word = (typeof word)[keyof typeof word]

export const wordCount = Object.keys(word).length

export const playbackState = { waiting: 0, playing: 1, fading: 2 } as const
export type PlaybackState = (typeof playbackState)[keyof typeof playbackState]
