import {
  choice,
  type Fields,
  flag,
  type Messages,
  number,
  optional,
  type RecordOf,
  record,
  text,
  whole,
} from './fields.js'
import { pcmFormats } from './pcm.js'

/** How the mel of a stream was made. All of it is told, so that a mismatch is an error and never noise. */
export const melConvention = {
  /** Of the audio, Hz. */
  sampleRate: number(),
  /** Of the Fourier transform, samples. */
  fftSize: number(),
  /** Of the window, samples. */
  winLength: number(),
  /** From one frame to the next, samples. */
  hopLength: number(),
  /** Values of a frame. */
  melBands: number(),
  /** Lower edge of the first band, Hz. */
  fMin: number(),
  /** Upper edge of the last band, Hz. */
  fMax: number(),
  /** Formula from Hz to mel. */
  melScale: choice(['slaney', 'htk']),
  /** `slaney`: each band has unit area over frequency; `none`: unit height. */
  melNorm: choice(['slaney', 'none']),
  /** Base of the logarithm. */
  logBase: choice(['e', '10']),
  /** Smaller values are raised to it before the logarithm. */
  logFloor: number(),
  /** Of the magnitudes that a band sums: 1 magnitude, 2 energy. */
  power: choice([1, 2]),
} as const

const format = optional(choice(pcmFormats))
const falseAlarmRate = optional(number(1e-6, 0.5))

/** The client's number of a stream. */
export const streamNumber = whole(0, 65_535)
const ofStream = { stream: streamNumber } as const

/** How the sound is made of a mel: what a stream, a recording and a text may ask for alike. */
export const synthesisFields = {
  /** The same seed gives the same noise. @default 0 */
  seed: optional(whole(0)),
  /** Standard deviation of the noise. @default the model's */
  temperature: optional(number(0, 2)),
  /** Shift of the pitch. @default 0 */
  pitchSemitones: optional(number(-36, 36)),
  /**
   * Whether latency or sound counts: how many passes refine the sound toward its mel. `balanced`: all that the model has;
   * `fast`: three eighths of them; `best`: for files twice as many, for a live stream all. Refused beside `melProjections`.
   * @default `melProjections` decides
   */
  quality: optional(choice(['fast', 'balanced', 'best'])),
  /**
   * The number of those passes itself, at most all that the model has. Each delays the sound by 35 ms.
   * @default 3, or all when the model has fewer; for files all
   */
  melProjections: optional(whole(0, 100)),
  /** How much the mel is sharpened. 0: not at all; 0.3 suits acoustic models whose mels are very smooth. @default the model's */
  sharpen: optional(number(0, 1)),
  /** Whether a comb that follows the pitch takes hoarseness away. It delays the sound by 23 ms. @default the model's; true where the pitch is shifted */
  comb: optional(flag),
} as const satisfies Fields

/** What a client sends. Unknown fields are errors. */
export const clientMessages = {
  open: {
    stream: streamNumber,
    /** Name of a model in `ready`. @default the server's */
    model: optional(text(200)),
    /** The whole convention; it must be the model's. */
    mel: record(melConvention),
    /** Of the PCM that the server sends. @default `s16le` */
    format,
    ...synthesisFields,
    /** `off`: mels that do not look like natural logarithms are taken, if they are finite and from -30 to 6. @default `on` */
    melScaleCheck: optional(choice(['on', 'off'])),
    /**
     * Convention of the frames that the client sends, of `glowcast conventions`, or its description as JSON; the server converts
     * them to `mel`, of which it must be another scale: the same bands and frames.
     * @default `mel`
     */
    melConvention: optional(text(8000)),
    /** Samples that the server may send before `credit` grants more. @default unbounded */
    credit: optional(whole(1)),
  },
  score: {
    stream: streamNumber,
    /** Of the recording, Hz. */
    sampleRate: whole(4000, 384_000),
    /** Of the recording. @default `s16le` */
    format,
    /**
     * Group of the calibration, one of `ready.scoring.groups`. @default that of blocks of this length, else the only one of
     * recordings, or `default`
     */
    group: optional(text(200)),
    /** Share of normal blocks that are not accepted. @default 0.01 */
    falseAlarmRate,
    /** Length of the blocks that get a p-value. @default 5 */
    blockSeconds: optional(number(0.5, 30)),
    /** Chance that a stream of normal blocks, however long, is ever said to drift. @default 0.01 */
    driftFalseAlarmRate: falseAlarmRate,
  },
  credit: {
    stream: streamNumber,
    /** Further samples that the server may send. */
    samples: whole(1),
  },
  flush: ofStream,
  end: ofStream,
  cancel: ofStream,
} as const satisfies Messages

/** Those of the options that say how the sound is made, without what is absent. */
export function synthesisFieldsOf(options: Synthesis): Synthesis {
  const names = Object.keys(synthesisFields) as (keyof Synthesis)[]
  return Object.fromEntries(
    names.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]),
  )
}

type Synthesis = RecordOf<typeof synthesisFields>
