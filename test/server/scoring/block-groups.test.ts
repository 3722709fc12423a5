import { afterEach, describe, expect, it } from 'vitest'
import type { ScoreBody } from '../../../server/scoring/backend.js'
import { ScoringThreads } from '../../../server/scoring/threads.js'
import { calibrationFile } from '../../../src/models/files/model-folder.js'
import { bundledModel } from '../../../src/package-root.js'
import type { ScoringGroup } from '../../../src/protocol/messages.js'
import { glowcast } from '../../cli/vowel-recordings.js'
import { noise } from '../../scoring/signals.js'
import { MockBackend } from '../mock-backend.js'
import { MockScoring } from '../mock-scoring.js'
import { RawClient } from '../raw-client.js'
import { startTestServer, type TestServer } from '../test-server.js'

const rate = 8000
const group = (name: string, blockSeconds?: number): ScoringGroup => ({
  name,
  n: 174,
  date: '2026-11-25',
  seconds: blockSeconds === undefined ? [0.8, 8.6] : [blockSeconds, blockSeconds],
  ...(blockSeconds === undefined ? {} : { blockSeconds }),
})

class GroupScoring extends MockScoring {
  readonly bodies: ScoreBody[] = []

  constructor(override readonly groups: readonly ScoringGroup[]) {
    super()
  }

  override scoreBody(body: ScoreBody) {
    this.bodies.push(body)
    return super.scoreBody(body)
  }
}

let running: TestServer
let scoring: GroupScoring

afterEach(() => running.stop())

async function started(...groups: ScoringGroup[]): Promise<RawClient> {
  scoring = new GroupScoring(groups)
  running = await startTestServer({ backend: new MockBackend(100), scoring, limits: { drainMs: 100 } })
  return RawClient.connect(running.url)
}

describe('what a scoring stream is ranked among', () => {
  it.each<[object, string, string]>([
    [{ blockSeconds: 2 }, 'twos', 'same'],
    [{}, 'fives', 'same'],
    [{ blockSeconds: 3 }, 'default', 'within'],
    [{ blockSeconds: 2, group: 'default' }, 'default', 'within'],
    [{ blockSeconds: 2, group: 'fives' }, 'fives', 'outside'],
  ])('of %o is the group %s', async (options, name, blockLength) => {
    const client = await started(group('default'), group('twos', 2), group('fives', 5))
    client.send({ type: 'score', stream: 1, sampleRate: rate, ...options })
    expect(await client.next('scoring', 1)).toMatchObject({ calibration: { name }, blockLength })
  })

  it('is the group of files when it turns out to be shorter than a block, and that is told', async () => {
    const client = await started(group('default'), group('twos', 2))
    for (const [stream, seconds, options] of [
      [1, 1.5, {}],
      [2, 3, {}],
      [3, 1.5, { group: 'twos' }],
    ] as const) {
      client.send({ type: 'score', stream, sampleRate: rate, blockSeconds: 2, ...options })
      await client.next('scoring', stream)
      await client.score(stream, noise(seconds * rate, 0.1), () => 3000)
      await client.next('scored', stream)
    }
    expect(scoring.blocks.map((block) => block.group)).toEqual(['default', 'twos', 'twos', 'twos'])
    expect(client.all('block', 1)).toMatchObject([{ group: 'default', endSeconds: 1.5 }])
    for (const stream of [2, 3]) {
      for (const block of client.all('block', stream)) expect(block).not.toHaveProperty('group')
    }
    // The second block of the second stream is the last two seconds.
    expect(client.all('block', 2)).toMatchObject([{ startSeconds: 0 }, { startSeconds: 1, endSeconds: 3 }])
    expect(client.all('drift', 2)).toHaveLength(1)
    expect(client.all('drift', 1)).toHaveLength(0)
  })

  it('may be a group of blocks where there are several of files and no default', async () => {
    const client = await started(group('anna'), group('bert'), group('twos', 2))
    client.send({ type: 'score', stream: 1, sampleRate: rate, blockSeconds: 2 })
    expect(await client.next('scoring', 1)).toMatchObject({ calibration: { name: 'twos' } })
    await client.score(1, noise(rate, 0.1), () => 3000)
    await client.next('scored', 1)
    expect(scoring.blocks[0]!.group).toBe('twos')
    client.send({ type: 'score', stream: 2, sampleRate: rate, blockSeconds: 3 })
    expect(await client.next('error', 2)).toMatchObject({ code: 'unknown_group', field: 'group' })
  })
})

describe('groups of conditions', () => {
  const those = () => [
    group('full-band'),
    group('telephone'),
    group('full-band-blocks', 5),
    { ...group('telephone-blocks', 5), n: 100 },
  ]

  it('are chosen by the first block, and each block says so', async () => {
    const client = await started(...those())
    client.send({ type: 'score', stream: 1, sampleRate: rate })
    expect(await client.next('scoring', 1)).toMatchObject({
      calibration: { name: 'auto', n: 100, blockSeconds: 5 },
      blockLength: 'same',
    })
    scoring.choices.push({ group: 'telephone-blocks', why: 'nothing above 4.0 kHz' })
    await client.score(1, noise(11 * rate, 0.1), () => 3000)
    await client.next('scored', 1)
    expect(scoring.blocks.map((block) => [block.group, block.blockSeconds])).toEqual([
      ['auto', 5],
      ['telephone-blocks', 5],
      ['telephone-blocks', 5],
    ])
    const blocks = client.all('block', 1)
    expect(blocks.map((block) => block.group)).toEqual(Array(3).fill('telephone-blocks'))
    expect(blocks[0]).toMatchObject({ groupReason: 'nothing above 4.0 kHz' })
  })

  it('are not chosen where one is named', async () => {
    const client = await started(...those())
    client.send({ type: 'score', stream: 1, sampleRate: rate, group: 'telephone' })
    expect(await client.next('scoring', 1)).toMatchObject({ calibration: { name: 'telephone', n: 174 } })
  })

  it('of a recording are asked for by its body', async () => {
    await started(...those())
    const request = { method: 'POST', body: new Uint8Array(1000) }
    const headers = { 'Content-Type': 'audio/pcm;rate=8000' }
    for (const query of ['', '?group=auto', '?blockSeconds=5', '?group=telephone']) {
      expect((await fetch(`${running.http}/v1/score${query}`, { ...request, headers })).status).toBe(200)
    }
    expect(scoring.bodies.map((body) => body.group)).toEqual(['auto', 'auto', 'auto', 'telephone'])
  })
})

describe('a stream of blocks that are each accepted', () => {
  it('is not accepted when they drift', async () => {
    const client = await started(group('default'), group('halves', 0.5))
    scoring.pValues.push(...Array<number>(40).fill(4 / 175))
    client.send({ type: 'score', stream: 1, sampleRate: rate, blockSeconds: 0.5 })
    await client.next('scoring', 1)
    await client.score(1, noise(20 * rate, 0.1), () => 4000)
    const scored = await client.next('scored', 1)
    expect(scored).toMatchObject({ blocks: { accept: 40, retry: 0, reject: 0 }, decision: 'retry' })
    expect(scored.drift.alarm).toBe(true)
    expect(scored.pValue).toBeLessThan(0.01)
  })
})

describe('POST /v1/score', () => {
  const post = (query: string) =>
    fetch(`${running.http}/v1/score${query}`, {
      method: 'POST',
      body: new Uint8Array(1000),
      headers: { 'Content-Type': 'audio/pcm;rate=8000' },
    })

  it('judges in blocks when it is asked to, by the group of that length', async () => {
    await started(group('default'), group('twos', 2))
    expect((await post('?blockSeconds=2')).status).toBe(200)
    expect((await post('?blockSeconds=3')).status).toBe(200)
    expect((await post('')).status).toBe(200)
    expect((await post('?group=twos')).status).toBe(200)
    expect(scoring.bodies.map((body) => [body.group, body.blockSeconds])).toEqual([
      ['twos', 2],
      ['default', 3],
      ['default', undefined],
      ['twos', undefined],
    ])
    // As Python writes 0.00005.
    expect((await post('?falseAlarmRate=5e-05')).status).toBe(200)
    const wrong = await post('?blockSeconds=0.1')
    expect([wrong.status, await wrong.json()]).toMatchObject([400, { error: { param: 'blockSeconds' } }])
  })
})

describe('the groups of a server', () => {
  const files = {
    modelFolder: bundledModel,
    calibrationFile: `${bundledModel}/${calibrationFile}`,
    onCrash: () => undefined,
  }

  it('are all of the calibration, or those that are named', async () => {
    await started(group('default'))
    const all = await ScoringThreads.start(files)
    expect(all.groups.map(({ name, blockSeconds }) => [name, blockSeconds])).toEqual([
      ['full-band', undefined],
      ['wide-band', undefined],
      ['telephone', undefined],
      ['codec', undefined],
    ])
    const one = await ScoringThreads.start({ ...files, groups: ['wide-band'] })
    expect(one.groups).toEqual([all.groups[1]])
    await Promise.all([all.stop(), one.stop()])
  })

  it('must be in the calibration, and the calibration must be there', async () => {
    await started(group('default'))
    const options = { backend: new MockBackend(1), model: bundledModel }
    await expect(startTestServer({ ...options, groups: ['cats'] })).rejects.toThrow(
      'group: got "cats", expected one of full-band, wide-band, telephone, codec',
    )
    await expect(startTestServer({ ...options, calibration: 'none.json' })).rejects.toMatchObject({
      code: 'IO',
    })
  })

  it('end the command when they are not there', async () => {
    await started(group('default'))
    const { code, stdout, stderr } = await glowcast('serve', '--port', '0', '--group', 'cats')
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(
      /--group: got "cats", expected one of full-band, wide-band, telephone, codec \[UNKNOWN_GROUP\]/,
    )
  })
})
