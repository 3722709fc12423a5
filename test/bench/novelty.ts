import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createEngine } from '../../src/engine/index.js'
import { ContentCorpus, spreadOver } from './novelty/corpus.js'
import { backgroundOf, escTables } from './novelty/esc.js'
import { FoldRuns } from './novelty/folds.js'
import { machineTables } from './novelty/machine-tables.js'
import { measureMachines } from './novelty/machines.js'
import { speedLines } from './novelty/speed.js'
import { voiceTable } from './novelty/voice.js'
import { replaceFigures } from './scoring/tables/figures-section.js'

/**
 * `npm run bench:content -- [--esc50 FOLDER [--normal 0,10] [--voice FOLDER --voice-tests FOLDER --other FOLDER…]]
 * [--machines FOLDER] [--docs FOLDER]`: the content detector and its baselines. ESC-50 is a folder of folders of clips,
 * which are named as published: fold-source-take-class. Machines are as `novelty/machines.ts` reads them; each of the
 * two has its own section of the document. What is read and what flows say is kept in `--cache`: delete it when either
 * changes.
 */
const { values: options } = parseArgs({
  options: {
    esc50: { type: 'string' },
    machines: { type: 'string' },
    /** Classes that are normal, one after the other. */
    normal: { type: 'string', default: '0,1,10,11,12,20,21,38,40,41' },
    voice: { type: 'string' },
    'voice-tests': { type: 'string' },
    other: { type: 'string', multiple: true, default: [] },
    cache: { type: 'string', default: 'content-cache' },
    threads: { type: 'string', default: '2' },
    docs: { type: 'string' },
  },
})
if (options.esc50 === undefined && options.machines === undefined) {
  throw new Error('--esc50 FOLDER or --machines FOLDER is missing')
}

const engine = await createEngine('onnx', { threads: Number(options.threads) })
const corpus = new ContentCorpus(options.cache)
if (options.esc50 !== undefined) show(await escLines(options.esc50), 'content')
if (options.machines !== undefined) {
  show(machineTables(await measureMachines(engine, corpus, options.machines, options.cache)), 'machine')
}

function show(lines: readonly string[], section: string): void {
  console.log(lines.join('\n'))
  if (options.docs !== undefined) replaceFigures(join(options.docs, 'novelty.md'), lines, section)
}

async function escLines(folder: string): Promise<string[]> {
  const clips = await corpus.esc50(folder)
  const categories = backgroundOf(clips)
  const runs = new FoldRuns(engine, options.cache, clips, categories)
  const lines = await escTables(runs, options.normal.split(',').map(Number))
  if (options.voice !== undefined && options['voice-tests'] !== undefined) {
    const folders = { voice: options.voice, tests: options['voice-tests'], others: options.other }
    const background = clips.filter(({ category }) => categories.has(category))
    const heard = spreadOver(background, 320).map(({ recording }) => recording)
    lines.push('', ...(await voiceTable(engine, corpus, folders, heard)))
  }
  lines.push('', ...(await speedLines(engine, clips)))
  return lines
}
