import { join } from 'node:path'
import { encodeWav } from '../audio/wav.js'
import type { PairFigures } from './compare-pair.js'
import type { PauseBand } from './pause-spectrum.js'
import { fileStem, reportFiles, topLevel } from './report-files.js'
import { type BaselineFigures, type FigureRow, type ReportEntry, reportHtml } from './report-html.js'
import { spectrogramImage, spectrogramLevels } from './spectrogram-image.js'
import type { SummaryFigures } from './summary.js'

/** One utterance: the recording and what the model made of its mel. */
export interface ReportItem {
  readonly name: string
  /** Samples in [-1, 1]; what is beyond is clipped in the WAV file. */
  readonly reference: Float32Array
  readonly synthesis: Float32Array
  /** What the baseline made of the same mel. */
  readonly baseline?: Float32Array
  readonly figures?: PairFigures
}

export interface ReportOptions {
  readonly title: string
  /** What was judged: name, hash, training and so on, shown as they are. */
  readonly model: Readonly<Record<string, string | number>>
  readonly figures: SummaryFigures
  /** Rows that follow those of the pairs, such as bits per sample or the real-time factor. */
  readonly extraFigures?: readonly FigureRow[]
  /** Another way from mel to audio, judged in the same run. */
  readonly baseline?: BaselineFigures
  readonly pauses?: readonly PauseBand[]
  readonly items: readonly ReportItem[]
  /** Hz, of every item. */
  readonly sampleRate: number
  /** Pictures and sounds inside the page, a single large file, instead of beside it. Default false. */
  readonly embed?: boolean
}

const captions = { recording: 'Recording', resynthesis: 'Resynthesis', baseline: 'Baseline' }

/**
 * Write a report: `index.html` with a table of figures, and per utterance the recording and the resynthesis
 * side by side, as spectrograms (one scale for both) and as sound. Sounds go to `audio/`, pictures to `img/`,
 * or all into the page with `embed`. The page runs no script and asks for nothing from elsewhere.
 *
 * @param dir made when missing; files of the same names are overwritten
 * @returns path of the page
 * @throws GlowcastError IO, INVALID_AUDIO, NON_FINITE
 */
export async function writeReport(dir: string, options: ReportOptions): Promise<string> {
  const { items, sampleRate, embed = false, ...content } = options

  const { write, place } = reportFiles(dir, embed)
  const entries: ReportEntry[] = []
  for (const [index, { name, reference, synthesis, baseline, figures }] of items.entries()) {
    const stem = fileStem(index, name)
    const referenceLevels = spectrogramLevels(reference)
    const topDb = topLevel(referenceLevels)
    const side = async (kind: keyof typeof captions, waveform: Float32Array) => {
      const levels = kind === 'recording' ? referenceLevels : spectrogramLevels(waveform)
      const wav = encodeWav({ sampleRate, channels: [waveform] }, { format: 'int16' })
      return {
        caption: kind === 'baseline' ? (options.baseline?.label ?? captions.baseline) : captions[kind],
        imageUrl: await place(`img/${stem}-${kind}.png`, 'image/png', spectrogramImage(levels, { topDb })),
        audioUrl: await place(`audio/${stem}-${kind}.wav`, 'audio/wav', wav),
      }
    }
    entries.push({
      name,
      seconds: reference.length / sampleRate,
      sides: [
        await side('recording', reference),
        await side('resynthesis', synthesis),
        ...(baseline === undefined ? [] : [await side('baseline', baseline)]),
      ],
      ...(figures && { figures }),
    })
  }
  await write('index.html', reportHtml({ ...content, entries, sampleRate }))
  return join(dir, 'index.html')
}
