import { join } from 'node:path'
import { loadMono, removeDc } from '../../../src/audio/files/audio-file.js'
import { resample } from '../../../src/audio/resample.js'
import { recordingsOf } from '../../../src/cli/terminal/recordings.js'
import { choiceAmong } from '../../../src/scoring/calibration/choose-set.js'
import { autoGroup, type Condition, conditions } from '../../../src/scoring/calibration/condition.js'
import type { Calibration } from '../../../src/scoring/calibration/file.js'
import { openRecording } from '../../../src/scoring/recording/open-recording.js'
import type { TextureDetector } from '../../../src/scoring/texture/detector.js'
import { scoreRecording } from '../../../src/scoring/verdict/file-score.js'
import type { Recording } from '../../../src/training/data/dataset.js'
import type { Damage } from './damages/damages.js'
import { heardOf } from './heard.js'

/** Clips of speakers that the calibration has not heard, as `tools/condition-clips.mjs` lays them out. */
export interface ConditionBenchOptions {
  readonly folder: string
  readonly detector: TextureDetector
  readonly calibration: Calibration
  readonly damages: readonly Damage[]
  /** Clips that are damaged in each way. */
  readonly files: number
}

const rates = [0.01, 0.05]

/** Of each kind one strength, to be affordable for each condition. */
const tried: readonly string[] = [
  '3 clicks 0.05',
  '2 dropouts 10 ms',
  '2 repeated packets 20 ms',
  'clipping 1 %',
  'quantisation 8 bits',
  'white noise 30 dB SNR',
  'white noise 20 dB SNR',
  'noise in the last 0.3 s RMS 0.03',
  'hum 20 dB SNR',
  'reverberation RT60 0.8 s',
  'Griffin–Lim 60 iterations',
  'source and filter as WORLD',
  'own vocoder as shipped',
  'Opus 16 kbit/s',
  'MP3 24 kbit/s',
  'time-stretch 0.8',
]

/** What comes after the damage: a telephone line carries a click only as far as its band. */
const lineRates: Readonly<Partial<Record<Condition, number>>> = { telephone: 8000, 'wide-band': 16_000 }

const percent = (share: number) => `${(100 * share).toFixed(1)} %`

/** Markdown: false alarms, and detection at 1 %, of each condition. */
export async function conditionTables(options: ConditionBenchOptions): Promise<string[]> {
  const clips = new Map<Condition, Recording[]>()
  for (const condition of conditions) {
    clips.set(condition, await recordingsOf([join(options.folder, condition, 'test')]))
  }
  return [...(await falseAlarms(clips, options)), '', ...(await detection(clips, options))]
}

async function falseAlarms(
  clips: ReadonlyMap<Condition, readonly Recording[]>,
  { detector, calibration }: ConditionBenchOptions,
): Promise<string[]> {
  const { groups } = calibration
  const lines = [
    '**False alarms by condition.** Clips of speakers that the calibration has not heard.',
    '',
    `| condition | n | speakers | clips | ${rates.map((rate) => `p ≤ ${rate}`).join(' | ')} | p ≤ 0.01, group chosen by itself | chose this group |`,
    `|${'---|'.repeat(rates.length + 6)}`,
  ]
  for (const [condition, recordings] of clips) {
    const pValues: number[] = []
    let refused = 0
    let fitting = 0
    for (const [index, { path }] of recordings.entries()) {
      const recording = openRecording(path)
      const score = (name: string) =>
        scoreRecording(path, () => recording, detector, {
          group: choiceAmong(groups, name),
          falseAlarmRate: 0.01,
          seed: 0,
          index,
        })
      const chosen = await score(autoGroup)
      if (chosen.error !== undefined) throw new Error(`${path}: ${chosen.error.message}`)
      const isSame = chosen.groupChoice!.group === condition
      const named = isSame ? chosen : await score(condition)
      pValues.push(named.pValue!)
      if (isSame) fitting += 1
      if (chosen.pValue! <= 0.01) refused += 1
    }
    const shares = rates.map((rate) => percent(pValues.filter((p) => p <= rate).length / recordings.length))
    const speakers = new Set(recordings.map(({ name }) => name.replace(/-\d+$/, ''))).size
    const cells = [
      condition,
      groups[condition]!.n,
      speakers,
      recordings.length,
      ...shares,
      percent(refused / recordings.length),
      percent(fitting / recordings.length),
    ]
    lines.push(`| ${cells.join(' | ')} |`)
  }
  return lines
}

async function detection(
  clips: ReadonlyMap<Condition, readonly Recording[]>,
  { detector, calibration, damages, files }: ConditionBenchOptions,
): Promise<string[]> {
  const chosen = tried.flatMap((label) => damages.filter((each) => `${each.name} ${each.strength}` === label))
  const lines = [
    `**Detection by condition** at 1 % false alarms, in %; ${files} clips of as many speakers each. A line of 8 or 16 kHz comes after the damage.`,
    '',
    `| damage | strength | ${conditions.join(' | ')} |`,
    `|${'---|'.repeat(conditions.length + 2)}`,
  ]
  const all = new Map<Condition, number[]>(conditions.map((condition) => [condition, []]))
  for (const damage of chosen) {
    const cells: string[] = []
    for (const [condition, recordings] of clips) {
      const share = await foundShare(damage, condition, spread(recordings, files), {
        detector,
        calibration,
      })
      all.get(condition)!.push(share)
      cells.push((100 * share).toFixed(0))
    }
    lines.push(`| ${damage.name} | ${damage.strength} | ${cells.join(' | ')} |`)
  }
  const means = [...all.values()].map(
    (shares) => `**${((100 * shares.reduce((sum, share) => sum + share, 0)) / shares.length).toFixed(0)}**`,
  )
  return [...lines, `| mean | | ${means.join(' | ')} |`]
}

/** One clip of each of `count` speakers, spread over all. */
function spread(recordings: readonly Recording[], count: number): Recording[] {
  const firsts = recordings.filter(({ name }) => /-0$/.test(name))
  const bySpeaker = firsts.length >= count ? firsts : recordings
  return Array.from({ length: count }, (_, i) => bySpeaker[Math.floor((i * bySpeaker.length) / count)]!)
}

async function foundShare(
  damage: Damage,
  condition: Condition,
  recordings: readonly Recording[],
  { detector, calibration }: Pick<ConditionBenchOptions, 'detector' | 'calibration'>,
): Promise<number> {
  const { sampleRate } = detector
  const group = calibration.groups[condition]!
  let found = 0
  for (const [index, { path, phrase }] of recordings.entries()) {
    const clean = removeDc(await loadMono(path, sampleRate))
    const damaged = throughLine(await damage.apply(clean, phrase), sampleRate, lineRates[condition])
    const { measurement } = await detector.measure(heardOf(removeDc(damaged)))
    if (detector.score(measurement, group, { seed: 1, index }).pValue <= 0.01) found += 1
  }
  return found / recordings.length
}

/** As a file of 16 bits holds it. */
function throughLine(samples: Float32Array, sampleRate: number, lineRate: number | undefined): Float32Array {
  const carried =
    lineRate === undefined ? samples : resample(resample(samples, sampleRate, lineRate), lineRate, sampleRate)
  return carried.map((sample) => Math.max(-32768, Math.min(32767, Math.round(32768 * sample))) / 32768)
}
