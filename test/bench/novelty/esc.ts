import { mean } from '../../../src/numeric/stats.js'
import type { Clip } from './corpus.js'
import { type FoldMeasurements, type FoldRuns, folds } from './folds.js'
import { areaOf, percent, type ScoredClip, scoreFold, shareRefused, tableHead } from './tables.js'

/** ESC-10: the classes of ESC-50 that were published by themselves. */
const classes: readonly (readonly [category: number, name: string])[] = [
  [0, 'dog'],
  [10, 'rain'],
  [11, 'sea waves'],
  [20, 'crying baby'],
  [38, 'clock tick'],
  [21, 'sneezing'],
  [40, 'helicopter'],
  [41, 'chainsaw'],
  [1, 'rooster'],
  [12, 'crackling fire'],
]
const tested = new Set(classes.map(([category]) => category))

/** Classes on which the detector was designed. */
const chosenOn: ReadonlySet<number> = new Set([0, 11, 40])

const detectors = ['content, background', 'content']

/** Categories of ESC-50 that are no class here: they are the background. */
export function backgroundOf(clips: readonly Clip[]): Set<number> {
  return new Set(clips.map(({ category }) => category).filter((category) => !tested.has(category)))
}

interface ClassResult {
  readonly category: number
  readonly name: string
  readonly normal: readonly ScoredClip[]
  readonly strange: readonly ScoredClip[]
}

/** Each class is normal once: every clip is tested by models that know nothing of its fold. */
export async function escTables(runs: FoldRuns, only: readonly number[]): Promise<string[]> {
  const measured = new Map<number, FoldMeasurements[]>()
  for (const [category] of classes.filter(([category]) => only.includes(category))) {
    const found: FoldMeasurements[] = []
    for (const fold of folds) found.push(await runs.run(new Set([category]), tested, fold))
    measured.set(category, found)
  }
  const results = classes.flatMap(([category, name]): ClassResult[] => {
    const found = measured.get(category)
    if (found === undefined) return []
    const scored = found.flatMap((each) => scoreFold(each, [], true))
    return [{ category, name, ...parted(scored, category) }]
  })
  return [...detectionTable(results), '', ...negativesTable(measured)]
}

function parted(scored: readonly ScoredClip[], category: number) {
  return {
    normal: scored.filter((clip) => clip.category === category),
    strange: scored.filter((clip) => clip.category !== category),
  }
}

function detectionTable(results: readonly ClassResult[]): string[] {
  const channels = Object.keys(results[0]!.normal[0]!.channels)
  const figures = ({ normal, strange }: ClassResult, channel: string) => ({
    area: areaOf(normal, strange, channel),
    found: shareRefused(strange, normal, channel, 0.05),
  })
  const row = (title: string, of: readonly ClassResult[]) => {
    const cells = channels.map((channel) => {
      const all = of.map((result) => figures(result, channel))
      const [area, found] = [mean(all.map((each) => each.area)), mean(all.map((each) => each.found))]
      return `${percent(area)} / ${percent(found)}`
    })
    return `| ${title} | ${cells.join(' | ')} |`
  }
  const alarms = channels.map((channel) =>
    percent(mean(results.map(({ normal }) => shareRefused(normal, normal, channel, 0.05)))),
  )
  const others = results.filter(({ category }) => !chosenOn.has(category))
  return [
    '**Environmental sounds.** AUC / strange clips found at p ≤ 0.05, both in %.',
    '',
    ...tableHead('normal class', channels),
    ...results.map((result) => row(result.name, [result])),
    ...(others.length === 0 ? [] : [row(`mean of the ${others.length} that no choice was made on`, others)]),
    `| false alarms, ${results.flatMap(({ normal }) => normal).length} normal clips | ${alarms.join(' | ')} |`,
  ]
}

/** Two of the other classes are known to be wrong; found are those and the classes that nobody knows. */
function negativesTable(measured: ReadonlyMap<number, readonly FoldMeasurements[]>): string[] {
  const columns = detectors.flatMap((name) => [
    `${name}: unknown classes`,
    'with negatives',
    `${name}: the two classes`,
    'with negatives',
  ])
  const rows = classes.flatMap(([category, name], index) => {
    const found = measured.get(category)
    if (found === undefined) return []
    const wrong = [1, 2].map((step) => classes[(index + step) % classes.length]![0])
    const runs = [false, true].map((known) =>
      found.flatMap((fold) => {
        // Negatives are heard in the folds that train, as normal clips are.
        const heard = found
          .filter((other) => other.fold !== fold.fold)
          .flatMap(({ tests }) => tests.filter(({ clip }) => wrong.includes(clip.category)))
        return scoreFold(fold, known ? heard : [], false)
      }),
    )
    const values = detectors.flatMap((channel) =>
      [false, true].flatMap((isKnown) =>
        runs.map((scored) => {
          const { normal, strange } = parted(scored, category)
          const some = strange.filter((clip) => wrong.includes(clip.category) === isKnown)
          return { area: areaOf(normal, some, channel), found: shareRefused(some, normal, channel, 0.05) }
        }),
      ),
    )
    return [{ category, name, values }]
  })
  const line = (title: string, cells: readonly { area: number; found: number }[]) =>
    `| ${title} | ${cells.map(({ area, found }) => `${percent(area)} / ${percent(found)}`).join(' | ')} |`
  const others = rows.filter(({ category }) => !chosenOn.has(category))
  const means = columns.map((_, i) => ({
    area: mean(others.map(({ values }) => values[i]!.area)),
    found: mean(others.map(({ values }) => values[i]!.found)),
  }))
  return [
    '**Negatives.** The next two classes of the list are known to be wrong. AUC / found at p ≤ 0.05, in %.',
    '',
    ...tableHead('normal class', columns),
    ...rows.map(({ name, values }) => line(name, values)),
    ...(others.length === 0 ? [] : [line(`mean of the ${others.length} that no choice was made on`, means)]),
  ]
}
