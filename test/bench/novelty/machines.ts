import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Engine } from '../../../src/engine/index.js'
import { audioIn, type Clip, type ContentCorpus, spreadOver } from './corpus.js'
import { type FoldMeasurements, FoldRuns } from './folds.js'

/** More clips of another machine in a background say little more. */
const maxOfEachOther = 40

const maxFolds = 4

/** A machine with recordings of its normal sound, which are category 0, and of each state that is not normal. */
interface Machine {
  readonly name: string
  /** Categories 1, 2 … */
  readonly states: readonly string[]
  readonly clips: readonly Clip[]
  readonly folds: number
}

/** Machines that were recorded together: none of them is the background of another. */
interface MachineFamily {
  readonly machines: readonly Machine[]
}

const backgroundCategory = 100

/**
 * Reads FOLDER/family/machine/state/source.clip.wav, where one state is `normal`. The sources of a state, such as
 * recordings that were cut into clips, are put into folds in their order, neighbours together: no source is in two.
 * Machines with nothing but normal clips are background for the others.
 */
async function readFamilies(corpus: ContentCorpus, folder: string): Promise<MachineFamily[]> {
  const families: MachineFamily[] = []
  for (const family of foldersIn(folder)) {
    const machines: Machine[] = []
    for (const machine of foldersIn(join(folder, family))) {
      machines.push(await readMachine(corpus, join(folder, family, machine), `${family} ${machine}`))
    }
    families.push({ machines })
  }
  return families
}

async function readMachine(corpus: ContentCorpus, folder: string, name: string): Promise<Machine> {
  if (!existsSync(join(folder, 'normal'))) throw new Error(`${folder}: no folder "normal"`)
  const states = foldersIn(folder).filter((state) => state !== 'normal')
  const folds = Math.min(maxFolds, sourcesIn(join(folder, 'normal')).length)
  const clips: Clip[] = []
  for (const [category, state] of ['normal', ...states].entries()) {
    const sources = sourcesIn(join(folder, state))
    for (const path of audioIn(join(folder, state))) {
      const fold = 1 + Math.floor((sources.indexOf(sourceOf(path)) * folds) / sources.length)
      clips.push({ name: path.slice(folder.length), category, fold, recording: await corpus.load(path) })
    }
  }
  return { name, states, clips, folds }
}

export interface MeasuredMachine {
  readonly machine: Machine
  readonly folds: readonly FoldMeasurements[]
}

/** Each machine by models that know nothing of the fold, with the machines of other families as background. */
export async function measureMachines(
  engine: Engine,
  corpus: ContentCorpus,
  folder: string,
  cache: string,
): Promise<MeasuredMachine[]> {
  const families = await readFamilies(corpus, folder)
  const measured: MeasuredMachine[] = []
  for (const { machines } of families) {
    const others = families.filter((family) => family.machines !== machines).flatMap((each) => each.machines)
    const background = others.flatMap((other) =>
      spreadOver(other.clips, maxOfEachOther).map((clip) => ({
        ...clip,
        name: `${other.name}${clip.name}`,
        category: backgroundCategory,
        // Of no fold: the same flow of the background serves all.
        fold: 0,
      })),
    )
    for (const machine of machines.filter(({ states }) => states.length > 0)) {
      const kept = join(cache, machine.name.replaceAll(' ', '-'))
      mkdirSync(kept, { recursive: true })
      const clips = [...machine.clips, ...background]
      const runs = new FoldRuns(engine, kept, clips, new Set([backgroundCategory]))
      const tested = new Set(machine.clips.map(({ category }) => category))
      const folds: FoldMeasurements[] = []
      for (let fold = 1; fold <= machine.folds; fold++) folds.push(await runs.run(new Set([0]), tested, fold))
      measured.push({ machine, folds })
    }
  }
  return measured
}

function foldersIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
}

/** What stands before the first dot of a file's name. */
function sourceOf(path: string): string {
  return path.split('/').at(-1)!.split('.')[0]!
}

function sourcesIn(folder: string): string[] {
  return [...new Set(audioIn(folder).map(sourceOf))]
}
