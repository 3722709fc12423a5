import { mean } from '../../../src/numeric/stats.js'
import type { MeasuredMachine } from './machines.js'
import { areaOf, percent, type ScoredClip, scoreFold, shareRefused, tableHead } from './tables.js'

const rate = 0.05

/** More states than these are told together. */
const maxRows = 2

const detectors = ['content, background', 'content']

interface Figures {
  readonly area: number
  /** NaN where too few normal clips rank a clip for any p to reach the rate. */
  readonly found: number
}

/** @returns lines of markdown: what is found of each machine, and of those with several states with one known */
export function machineTables(measured: readonly MeasuredMachine[]): string[] {
  return [...detectionTable(measured), '', ...negativesTable(measured)]
}

function detectionTable(measured: readonly MeasuredMachine[]): string[] {
  const results = measured.map(({ machine, folds }) => {
    const scored = folds.flatMap((fold) => scoreFold(fold, [], true))
    return { machine, scored, normal: scored.filter(({ category }) => category === 0) }
  })
  const channels = Object.keys(results[0]!.normal[0]!.channels)
  const rows = results.flatMap(({ machine, scored, normal }) => {
    const strange = scored.filter(({ category }) => category !== 0)
    const states =
      machine.states.length > maxRows
        ? [{ state: `${machine.states.length} other states`, clips: strange }]
        : machine.states.map((state, i) => ({
            state,
            clips: strange.filter(({ category }) => category === i + 1),
          }))
    return states.map(({ state, clips }) => ({
      machine,
      title: `${machine.name}: ${state} (${clips.length} of ${normal.length} normal)`,
      figures: channels.map((channel) => figuresOf(clips, normal, channel)),
    }))
  })
  const line = (title: string, figures: readonly Figures[]) =>
    `| ${title} | ${figures.map(cell).join(' | ')} |`
  const means = channels.map((_, i) => meanFigures(rows.map(({ figures }) => figures[i]!)))
  // Machine by machine: a recording unlike the others is a false alarm as a whole.
  const alarms = results.map(({ machine, normal }) => {
    const shares = channels.map((channel) => percent(shareRefused(normal, normal, channel, rate)))
    return `| false alarms, ${machine.name} (${normal.length}) | ${shares.join(' | ')} |`
  })
  return [
    '**Machines.** AUC / clips found at p ≤ 0.05, both in %.',
    '',
    ...tableHead('machine: what is not normal', channels),
    ...rows.map(({ title, figures }) => line(title, figures)),
    line('mean', means),
    ...alarms,
  ]
}

/** The first state is known to be wrong; found are that one and those that nobody knows. */
function negativesTable(measured: readonly MeasuredMachine[]): string[] {
  const columns = detectors.flatMap((name) => [
    `${name}: unknown states`,
    'with negatives',
    `${name}: the known state`,
    'with negatives',
  ])
  const rows = measured.flatMap(({ machine, folds }) => {
    if (machine.states.length < 2) return []
    const runs = [false, true].map((known) =>
      folds.flatMap((fold) => {
        const heard = folds
          .filter((other) => other.fold !== fold.fold)
          .flatMap(({ tests }) => tests.filter(({ clip }) => clip.category === 1))
        return scoreFold(fold, known ? heard : [], false)
      }),
    )
    const figures = detectors.flatMap((channel) =>
      [false, true].flatMap((isKnown) =>
        runs.map((scored) => {
          const normal = scored.filter(({ category }) => category === 0)
          const some = scored.filter(({ category }) => category !== 0 && (category === 1) === isKnown)
          return figuresOf(some, normal, channel)
        }),
      ),
    )
    return [{ title: `${machine.name}: ${machine.states[0]!} is known`, figures }]
  })
  const line = ({ title, figures }: { title: string; figures: readonly Figures[] }) =>
    `| ${title} | ${figures.map(cell).join(' | ')} |`
  const means = columns.map((_, i) => meanFigures(rows.map(({ figures }) => figures[i]!)))
  return [
    '**Machines with negatives.** AUC / found at p ≤ 0.05, in %.',
    '',
    ...tableHead('machine', columns),
    ...rows.map(line),
    line({ title: 'mean', figures: means }),
  ]
}

function figuresOf(clips: readonly ScoredClip[], normal: readonly ScoredClip[], channel: string): Figures {
  const ranked = clips.filter(({ fold }) => {
    const others = normal.filter((clip) => clip.fold !== fold).length
    return 1 / (others + 1) <= rate
  })
  return {
    area: areaOf(normal, clips, channel),
    found: ranked.length < clips.length ? Number.NaN : shareRefused(clips, normal, channel, rate),
  }
}

function meanFigures(figures: readonly Figures[]): Figures {
  const found = figures.map((each) => each.found).filter((share) => !Number.isNaN(share))
  return { area: mean(figures.map(({ area }) => area)), found: mean(found) }
}

function cell({ area, found }: Figures): string {
  return `${percent(area)} / ${Number.isNaN(found) ? '–' : percent(found)}`
}
