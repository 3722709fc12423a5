import { join } from 'node:path'
import { calibrationFile } from '../../../models/files/model-folder.js'
import { blockGroups, fileRanking } from '../../../scoring/calibration/choose-set.js'
import { type GroupChoice, isByCondition } from '../../../scoring/calibration/condition.js'
import { type CalibrationSet, chosenGroup } from '../../../scoring/calibration/file.js'
import { loadCalibration } from '../../../scoring/calibration/store.js'
import { scoreOrigin } from '../../../scoring/verdict/answer.js'
import type { BlockScoreOptions } from '../../../scoring/verdict/file-blocks.js'
import type { FileScore } from '../../../scoring/verdict/file-score.js'
import type { DetectorSettings } from '../../jobs/contract.js'
import { type LoadedDetector, loadDetector } from '../../jobs/detectors.js'
import type { DetectorChoice, ScoreCliOptions } from './options.js'

/** A detector, what it ranks among, and what is told of both. */
export interface Ranking {
  readonly detector: LoadedDetector
  readonly settings: DetectorSettings & { readonly group: GroupChoice<CalibrationSet> }
  /** Of a file that is judged block by block. */
  readonly blocks: Partial<Pick<BlockScoreOptions, 'blockSeconds' | 'shortGroup'>>
  /** In the JSON of each file. */
  readonly about: (score: FileScore) => object
  /** In the report. */
  readonly shown: Readonly<Record<string, string | number>>
}

/** What was asked for of one detector. */
interface Wanted extends DetectorSettings {
  readonly calibration: string | undefined
  readonly group?: never
  readonly groupName: string | undefined
  /** What the option is called. */
  readonly groupField: string
}

/**
 * The detectors that decide, the one that a report shows first.
 *
 * @throws GlowcastError as loading models and calibrations does; UNKNOWN_GROUP
 */
export async function rankings(choice: DetectorChoice, options: ScoreCliOptions): Promise<Ranking[]> {
  const texture: Wanted = {
    name: 'texture',
    folder: options.model,
    calibration: options.calibration,
    groupName: options.group,
    groupField: 'group',
  }
  const novelty: Wanted = {
    name: 'novelty',
    folder: options.content ?? '',
    calibration: options.contentCalibration,
    groupName: options.contentGroup,
    groupField: 'contentGroup',
  }
  const wanted = { texture: [texture], content: [novelty], both: [novelty, texture] }[choice]
  return Promise.all(wanted.map((each) => ranking(each, options.blockSeconds)))
}

async function ranking(
  { name, folder, calibration, groupName, groupField }: Wanted,
  wantedSeconds: number | undefined,
): Promise<Ranking> {
  const detector = await loadDetector({ name, folder })
  const path = calibration ?? join(folder, calibrationFile)
  const { groups }: { groups: Readonly<Record<string, CalibrationSet>> } = await loadCalibration(
    path,
    detector.model,
    name,
  )
  const { whole, short } =
    wantedSeconds === undefined
      ? { whole: groupName, short: undefined }
      : blockGroups(Object.entries(groups), groupName, wantedSeconds)
  const chosen = chosenGroup({ groups }, whole, groupField)
  const { group, ...blocks } = fileRanking(groups, chosen, wantedSeconds, short)
  const items = blocks.blockSeconds === undefined ? 'calibration recordings' : 'calibration blocks'
  const n = isByCondition(group)
    ? Object.values(group.byCondition).map(({ name, group }) => `${name} ${group.n}`)
    : [group.n]
  const prefix = name === 'texture' ? '' : 'content '
  return {
    detector,
    settings: { name, folder, group },
    blocks,
    about: ({ groupChoice }) => {
      const ranked = name === 'texture' ? (groupChoice?.group ?? chosen) : chosen
      const origin = scoreOrigin(path, ranked, groups[ranked], detector.hash)
      return name === 'texture'
        ? origin
        : { contentCalibration: origin.calibration, contentModel: origin.model }
    },
    shown: { [`${prefix}model`]: detector.hash, [`${prefix}group`]: chosen, [items]: n.join(', ') },
  }
}
