import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Compiled, Engine, HostArrays } from '../../../src/engine/index.js'
import { normalizeLogMel } from '../../../src/models/glowcast/mel-normalization.js'
import { glowcastModel } from '../../../src/models/glowcast/model.js'
import { SynthesisBatch } from '../../../src/synthesis/live/batch.js'
import { LiveSynthesizer } from '../../../src/synthesis/live/synthesizer.js'
import { Signal } from '../../../src/synthesis/signal.js'
import { createModelEngine } from '../../test-engine.js'
import { randomMel, tinyConfig, tinyWeights } from '../../tiny-model.js'

const model = glowcastModel(tinyConfig)
const size = 4
const frames = 2
/** A log-mel that the engine of this file refuses. */
const refused = 5.9

let batch: SynthesisBatch
/** Said by the engine at every call, when it is set. */
let breakage: Error | undefined
/** Done to the outputs of every call that has `refused` in its mel; default: it throws. */
let spoil: ((outputs: HostArrays, row: number) => void) | undefined

/** The row of a call whose mel has the value that is refused, or -1. */
function guiltyRow(mel: Float32Array): number {
  const at = mel.findIndex((value) => value >= Math.fround(normalizeLogMel(refused)))
  return at < 0 ? -1 : Math.floor((at * size) / mel.length)
}

function troubled(compiled: Compiled): Compiled {
  return {
    ...compiled,
    dispose: () => compiled.dispose(),
    async run(feeds, into) {
      if (breakage !== undefined) throw breakage
      const row = guiltyRow(feeds['mel']!)
      if (row >= 0 && spoil === undefined) throw new Error('a row that breaks the call')
      const outputs = await compiled.run(feeds, into)
      if (row >= 0) spoil?.(outputs, row)
      return outputs
    },
  }
}

beforeAll(async () => {
  const engine = await createModelEngine()
  const wrapped: Engine = {
    ...engine,
    compile: async (...args) => troubled(await engine.compile(...args)),
  }
  batch = await SynthesisBatch.create(wrapped, model, tinyWeights(), { size, frames })
})

afterAll(() => batch.dispose())

function started(seed: number, isGuilty = false): Signal {
  const signal = new Signal(model, batch.carryShapes, { seed })
  const mel = randomMel(30)
  // Not in the first chunk: the neighbours have state to lose by then.
  if (isGuilty) mel.data[12 * 80] = refused
  signal.push(mel)
  signal.end()
  return signal
}

/** The samples of each signal, undefined where it failed, and why. */
async function runAll(signals: readonly Signal[]) {
  const samples: (number[] | undefined)[] = signals.map(() => [])
  const reasons: unknown[] = []
  for (;;) {
    const going = signals.map((_, i) => i).filter((i) => samples[i] !== undefined && !signals[i]!.isDone)
    if (going.length === 0) break
    const results = await batch.run(going.map((i) => signals[i]!))
    results.forEach((result, k) => {
      const i = going[k]!
      if (result.status === 'fulfilled') samples[i]!.push(...result.value)
      else {
        samples[i] = undefined
        reasons.push(result.reason)
      }
    })
  }
  signals.forEach((signal, i) => {
    samples[i]?.push(...signal.flush())
  })
  return { samples, reasons }
}

const nan = (name: string) => (outputs: HostArrays, row: number) => {
  const data = outputs[name]
  const length = (data?.length ?? 0) / size
  data?.fill(Number.NaN, row * length, (row + 1) * length)
}

describe('a batch with a row that cannot go on', () => {
  const troubles: [string, typeof spoil, RegExp][] = [
    ['makes the call throw', undefined, /a row that breaks the call/],
    [
      'gives samples that are not finite',
      nan('coefficients'),
      /mel frames \d+ to \d+: got samples that are not/,
    ],
    [
      'gives a voicing that is not finite',
      nan('voicingLogit'),
      /mel frames \d+ to \d+: got pitches that are not/,
    ],
    [
      'gives a pitch that is not finite',
      nan('octaves'),
      /mel frames \d+ to \d+: got pitches that are not finite/,
    ],
    [
      'gives coefficients that overflow when they are added up',
      (outputs, row) => {
        const data = outputs['coefficients']
        const length = (data?.length ?? 0) / size
        data?.fill(3.4e38, row * length, (row + 1) * length)
      },
      /mel frames \d+ to \d+: got samples that are not finite/,
    ],
  ]
  it.each(troubles)('that %s: it fails alone, and the others get every bit', async (_, how, reason) => {
    spoil = how
    const alone = await Promise.all([1, 2, 3].map(async (seed) => (await runAll([started(seed)])).samples[0]))
    // The guilty row is at each place once.
    for (let place = 0; place < size; place++) {
      const signals = [1, 2, 3].map((seed) => started(seed))
      signals.splice(place, 0, started(9, true))
      const { samples, reasons } = await runAll(signals)
      expect(samples[place]).toBeUndefined()
      expect(reasons).toEqual([expect.objectContaining({ message: expect.stringMatching(reason) })])
      samples.splice(place, 1)
      expect(samples).toEqual(alone)
    }
  })

  it('fails two guilty rows of four, each for itself', async () => {
    spoil = undefined
    const alone = await Promise.all([1, 2].map(async (seed) => (await runAll([started(seed)])).samples[0]))
    const { samples, reasons } = await runAll([started(9, true), started(1), started(8, true), started(2)])
    expect(reasons).toHaveLength(2)
    expect(samples).toEqual([undefined, alone[0], undefined, alone[1]])
  })

  it('takes a state that is not finite for the trouble of its own row', async () => {
    const [good] = (await runAll([started(1)])).samples
    const poisoned = started(2)
    for (const state of Object.values(poisoned.carry)) state.fill(Number.NaN)
    const { samples, reasons } = await runAll([poisoned, started(1)])
    expect(reasons).toEqual([expect.objectContaining({ code: 'INVALID_MEL' })])
    expect(samples).toEqual([undefined, good])
  })
})

describe('an engine that computes nothing any more', () => {
  afterAll(() => {
    breakage = undefined
  })

  it('is told from a guilty row', async () => {
    breakage = new Error('out of memory')
    await expect(batch.run([started(1), started(2)])).rejects.toThrow('out of memory')
    breakage = undefined
    const [result] = await batch.run([started(1)])
    expect(result!.status).toBe('fulfilled')
  })

  it('fails every stream of its thread, and says that it is broken', async () => {
    const told: string[] = []
    const broken = await new Promise<Error>((resolve) => {
      const live = new LiveSynthesizer(new Map([[batch, 1]]), {
        audio: () => undefined,
        late: () => undefined,
        failed: (stream, { message }) => told.push(`${stream}: ${message}`),
        broken: resolve,
      })
      breakage = new Error('out of memory')
      for (const stream of [1, 2]) live.open(stream, {})
      live.push(1, randomMel(30))
    })
    expect(broken.message).toBe('out of memory')
    expect(told).toEqual(['1: out of memory', '2: out of memory'])
  })
})

describe('LiveSynthesizer', () => {
  it('goes on with the others when a stream fails at the end of its utterance', async () => {
    spoil = undefined
    const failed: number[] = []
    const ended = await new Promise<number>((resolve) => {
      const live = new LiveSynthesizer(new Map([[batch, 1]]), {
        audio(stream, _samples, last) {
          if (last) resolve(stream)
        },
        late: () => undefined,
        failed: (stream) => failed.push(stream),
        broken: (error) => {
          throw error
        },
      })
      live.open(1, {})
      live.open(2, {})
      for (const stream of [1, 2]) live.push(stream, randomMel(8))
      const { streams } = live as unknown as { streams: Map<number, { signal: Signal }> }
      streams.get(1)!.signal.flush = () => {
        throw new Error('an end that breaks')
      }
      for (const stream of [1, 2]) live.flush(stream)
    })
    expect(failed).toEqual([1])
    expect(ended).toBe(2)
  })
})
