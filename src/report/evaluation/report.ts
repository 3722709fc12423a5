import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { soundLoudness } from '../../audio/metering/sound-loudness.js'
import { decodeWav, encodeWav } from '../../audio/wav/wav.js'
import { ioError } from '../../errors.js'
import type { PairFigures } from '../../evaluation/compare-pair.js'
import { spectrogramImage, spectrogramLevels } from '../charts/spectrogram-image.js'
import { fileStem, reportFiles, topLevel } from '../page/files.js'
import { type ReportEntry, type ReportHead, reportHtml } from './html.js'
import { type EvaluationRun, evaluationFile } from './run.js'
import { worstFirst } from './worst-first.js'

/** One utterance: the recording and what the model made of its mel. */
export interface ReportItem {
  readonly name: string
  /** Samples in [-1, 1]; what is beyond is clipped in the WAV file. */
  readonly reference: Float32Array
  readonly synthesis: Float32Array
  /** What the baseline made of the same mel. */
  readonly baseline?: Float32Array
  /** What another run made of it. */
  readonly other?: Float32Array
  readonly transcript?: string
  readonly figures?: PairFigures
}

export interface ReportOptions extends ReportHead {
  /** What was measured, file by file; written to `evaluation.json`, so that a later run can be compared with it. */
  readonly run?: EvaluationRun
  readonly items: readonly ReportItem[]
  /** Hz, of every item. */
  readonly sampleRate: number
  /** Pictures and sounds inside the page, a single large file, instead of beside it. Default false. */
  readonly embed?: boolean
}

const captions = {
  recording: 'Recording',
  resynthesis: 'Resynthesis',
  baseline: 'Baseline',
  other: 'Other run',
}
type Kind = keyof typeof captions

const soundPath = (stem: string, kind: Kind) => `audio/${stem}-${kind}.wav`

/**
 * Write a report: `index.html` with each utterance's recording and resynthesis as sounds that play in step and as
 * spectrograms (one scale for both), and the figures. Sounds go to `audio/`, pictures to `img/`, or all into the page
 * with `embed`. The page asks for nothing from elsewhere, and runs no script but its own.
 *
 * @param dir made when missing; files of the same names are overwritten
 * @returns path of the page
 * @throws GlowcastError IO, INVALID_AUDIO, NON_FINITE
 */
export async function writeReport(dir: string, options: ReportOptions): Promise<string> {
  const { items, sampleRate, embed = false, run, ...content } = options
  const { write, place } = reportFiles(dir, embed)
  const files = run?.files ?? []
  const fileEvents = worstFirst(files.map(({ figures }) => figures))
  const eventOf = new Map(files.map(({ name }, i) => [name, fileEvents[i]!]))
  const entries: ReportEntry[] = []
  for (const [index, item] of items.entries()) {
    const { name, reference, transcript, figures } = item
    const stem = fileStem(index, name)
    const referenceLevels = spectrogramLevels(reference)
    const topDb = topLevel(referenceLevels)
    const sides = versionsOf(item).map(async ([kind, waveform]) => {
      const caption = kind === 'baseline' ? (options.baseline?.label ?? captions.baseline) : captions[kind]
      const levels = kind === 'recording' ? referenceLevels : spectrogramLevels(waveform)
      const wav = encodeWav({ sampleRate, channels: [waveform] }, { format: 'int16' })
      const picture = spectrogramImage(levels, { topDb })
      return {
        caption,
        loudnessLufs: soundLoudness(waveform, sampleRate),
        audioUrl: await place(soundPath(stem, kind), 'audio/wav', wav),
        pictures: [
          {
            caption,
            imageUrl: await place(`img/${stem}-${kind}.png`, 'image/png', picture),
            highest: `${(sampleRate / 2000).toFixed(0)} kHz`,
          },
        ],
      }
    })
    entries.push({
      name,
      seconds: reference.length / sampleRate,
      place: eventOf.get(name) ?? index,
      sides: await Promise.all(sides),
      ...(transcript === undefined ? {} : { transcript }),
      ...(figures && { figures }),
    })
  }
  if (run !== undefined && !embed) await write(evaluationFile, runJson(run, items))
  const rows = files.map(({ name, figures }) => ({ name, figures, place: eventOf.get(name)! }))
  await write('index.html', reportHtml({ ...content, files: rows, entries }))
  return join(dir, 'index.html')
}

function versionsOf({
  reference,
  synthesis,
  baseline,
  other,
}: ReportItem): (readonly [Kind, Float32Array])[] {
  return [
    ['recording', reference],
    ['resynthesis', synthesis],
    ...(other === undefined ? [] : [['other', other] as const]),
    ...(baseline === undefined ? [] : [['baseline', baseline] as const]),
  ]
}

/** The run, told where the resyntheses that are shown lie. */
function runJson(run: EvaluationRun, items: readonly ReportItem[]): string {
  const sounds = new Map(items.map(({ name }, i) => [name, soundPath(fileStem(i, name), 'resynthesis')]))
  const files = run.files.map((file) => {
    const sound = sounds.get(file.name)
    return sound === undefined ? file : { ...file, sound }
  })
  return `${JSON.stringify({ ...run, files }, null, 1)}\n`
}

/**
 * A sound of another run's report.
 *
 * @param folder of that report
 * @param sound as its `evaluation.json` tells
 * @throws GlowcastError IO, INVALID_AUDIO
 */
export async function readReportSound(folder: string, sound: string): Promise<Float32Array> {
  const path = join(folder, sound)
  let bytes: Uint8Array
  try {
    bytes = await readFile(path)
  } catch (cause) {
    throw ioError(path, (cause as Error).message, 'a sound of that report', { cause })
  }
  return decodeWav(bytes, path).channels[0]!
}
