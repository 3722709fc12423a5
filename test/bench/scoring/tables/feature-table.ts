import {
  type FeatureGroup,
  featureGroupNames,
  scoredFeatureGroups,
} from '../../../../src/scoring/texture/features/statistics.js'
import { combinedSurprisal } from '../../../../src/scoring/texture/reference/reference.js'
import { thresholdOf } from '../figures.js'

const isScored = (name: FeatureGroup) => scoredFeatureGroups.some((scored) => scored === name)

type Surprises = Readonly<Record<FeatureGroup, number>>

/** Whether each feature group of statistics earns its place: detection with it alone, and with all but it. */
export class FeatureTable {
  private readonly found = new Map<string, number[]>()

  /** @param clean surprises of the calibration items */
  constructor(private readonly clean: readonly Surprises[]) {}

  /** The items of one damage. */
  add(damaged: readonly Surprises[]): void {
    this.count('all', damaged, scoredFeatureGroups)
    for (const name of featureGroupNames) {
      this.count(`only ${name}`, damaged, [name])
      const others = scoredFeatureGroups.filter((other) => other !== name)
      this.count(`without ${name}`, damaged, others)
      this.count(`with ${name}`, damaged, [...others, name])
    }
  }

  markdown(): string[] {
    const all = this.found.get('all')!
    return [
      `Mean detection at 1 % false alarms over all damages: ${this.mean('all')} %`,
      '',
      '| feature group | alone, % | all but it, % | damages found less often without it |',
      '|---|---|---|---|',
      ...scoredFeatureGroups.map((name) => {
        const worse = this.found.get(`without ${name}`)!.filter((share, i) => share < all[i]!).length
        return `| ${name} | ${this.mean(`only ${name}`)} | ${this.mean(`without ${name}`)} | ${worse} |`
      }),
      '',
      ...featureGroupNames
        .filter((name) => !isScored(name))
        .map(
          (name) =>
            `Not in the score: ${name}, ${this.mean(`only ${name}`)} % alone; with it the score finds ${this.mean(`with ${name}`)} %.`,
        ),
    ]
  }

  private mean(label: string): string {
    const shares = this.found.get(label)!
    return ((100 * shares.reduce((sum, share) => sum + share, 0)) / shares.length).toFixed(1)
  }

  private count(label: string, damaged: readonly Surprises[], used: readonly FeatureGroup[]): void {
    const combined = (surprisals: Surprises) => combinedSurprisal(used.map((name) => surprisals[name]))
    const limit = thresholdOf(this.clean.map(combined))
    const share = damaged.filter((surprisals) => combined(surprisals) > limit).length / damaged.length
    this.found.set(label, [...(this.found.get(label) ?? []), share])
  }
}
