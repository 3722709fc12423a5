import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * What takes longest comes first, so that no core idles at the end; and what waits, as servers and browsers do, beside what
 * computes.
 */
const longest = [
  'test/browser/',
  'test/cli/commands/score/blocks.test.ts',
  'test/cli/commands/novelty.test.ts',
  'test/server/uploads/uploads.test.ts',
  'test/cli/commands/score/score.test.ts',
  'test/server/operations/trouble.test.ts',
  'test/server/scoring/recordings.test.ts',
  'test/training/trainer.test.ts',
  'test/server/serve.test.ts',
  'test/cli/command-line.test.ts',
  'test/server/streams/',
  'test/scoring/verdict/controls.test.ts',
  'test/server/websocket/floods.test.ts',
  'test/cli/',
  'test/scoring/novelty/flow.test.ts',
  'test/synthesis/waveglow',
  'test/server/',
]

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = longest.findIndex((name) => moduleId.includes(name))
      return at === -1 ? longest.length : at
    }
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b))
  }
}

/**
 * Nearly half of what tests take is waiting: for sound in real time, for limits to pass. All are started at once, as the pool,
 * when it ends one that has nothing to do, may end one that has.
 */
const forks = 2 * availableParallelism()

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/global-setup.ts',
    setupFiles: 'test/setup.ts',
    pool: 'forks',
    // Most files load the same modules; a process keeps them for the next file.
    isolate: false,
    restoreMocks: true,
    unstubGlobals: true,
    poolOptions: { forks: { isolate: false, minForks: forks, maxForks: forks } },
    sequence: { sequencer: LongestFirst },
    // A bound on what hangs, no claim on speed: other work may take the cores.
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
})
