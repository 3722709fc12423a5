import { describe, expect, it } from 'vitest'
import {
  blockGroups,
  choiceAmong,
  namedByDefault,
  type UnitGroup,
} from '../../../src/scoring/calibration/choose-set.js'
import {
  type Condition,
  conditionOf,
  groupFor,
  isByCondition,
} from '../../../src/scoring/calibration/condition.js'
import { chosenGroup } from '../../../src/scoring/calibration/file.js'

const files: UnitGroup = { n: 100 }
const fives: UnitGroup = { n: 80, blockSeconds: 5 }

describe('the condition of a recording', () => {
  it.each<[number, boolean, Condition, string]>([
    [3600, false, 'telephone', 'nothing above 3.6 kHz'],
    [4000, false, 'telephone', 'nothing above 4.0 kHz'],
    [4000, true, 'telephone', 'nothing above 4.0 kHz'],
    [7000, false, 'wide-band', 'nothing above 7.0 kHz'],
    [8000, false, 'wide-band', 'nothing above 8.0 kHz'],
    [11_025, false, 'full-band', 'sound up to 11.0 kHz'],
    [20_000, true, 'codec', 'a lossy file: MP3, Vorbis or Opus'],
  ])('with an end at %i Hz, lossy %s, is %s: %s', (bandwidthHz, isLossy, condition, why) => {
    expect(conditionOf({ bandwidthHz, isLossy })).toEqual({ condition, why })
  })
})

describe('without a name', () => {
  it('a recording chooses among groups of conditions', () => {
    const groups = { 'full-band': files, telephone: { n: 99 }, 'telephone-blocks': fives }
    expect(namedByDefault(Object.entries(groups))).toBe('auto')
    expect(chosenGroup({ groups }, undefined)).toBe('auto')
    expect(chosenGroup({ groups }, 'auto')).toBe('auto')
    const choice = choiceAmong<UnitGroup>(groups, 'auto')
    if (!isByCondition(choice)) throw new Error('one group')
    const why = 'nothing above 3.5 kHz'
    expect(groupFor(choice, { bandwidthHz: 3500 })).toEqual({ name: 'telephone', group: { n: 99 }, why })
    expect(groupFor(choice, { bandwidthHz: 11_000 })).toMatchObject({ name: 'full-band' })
    expect(groupFor(choice, { bandwidthHz: 8000 })).toEqual({
      name: 'full-band',
      group: files,
      why: 'nothing above 8.0 kHz',
      missing: 'wide-band',
    })
  })

  it('and blocks among those of their length, where there are some', () => {
    const groups = { 'wide-band': files, telephone: files, 'telephone-blocks': fives }
    const entries = Object.entries(groups)
    expect(blockGroups(entries, undefined, 5)).toEqual({ whole: 'auto', short: 'auto' })
    expect(blockGroups(entries, 'auto', 5)).toEqual({ whole: 'auto', short: 'auto' })
    expect(choiceAmong<UnitGroup>(groups, 'auto', 5)).toEqual({
      byCondition: { telephone: { name: 'telephone-blocks', group: fives } },
    })
    expect(choiceAmong<UnitGroup>(groups, 'auto', 3)).toMatchObject({
      byCondition: { telephone: { name: 'telephone' }, 'wide-band': { name: 'wide-band' } },
    })
    expect(blockGroups(entries, 'telephone', 5)).toEqual({ whole: 'telephone', short: 'telephone' })
  })

  it("one's own groups come first", () => {
    const own = { 'full-band': files, telephone: files, default: { n: 300 }, 'telephone-blocks': fives }
    expect(namedByDefault(Object.entries(own))).toBe('default')
    const blocks = { ...own, blocks: fives }
    expect(blockGroups(Object.entries(blocks), undefined, 5)).toEqual({ whole: 'blocks', short: 'default' })
    expect(namedByDefault(Object.entries({ anna: files }))).toBe('anna')
    expect(() => chosenGroup({ groups: { anna: files, bert: files } }, undefined)).toThrow(
      'group: got no name, expected one of anna, bert',
    )
  })
})
