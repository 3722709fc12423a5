import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AcousticThread } from '../../../server/speech/acoustic-thread.js'
import type { SpeechAnswer, SpeechJob } from '../../../server/speech/messages.js'
import type { JobRequest } from '../../../server/workers/messages.js'
import { readMelConvention } from '../../../src/audio/mel/conventions/read.js'
import type { StartThread, StopMessage } from '../../../src/threads/watched-thread.js'
import { type FakeThread, fakeThreads } from '../../threads/fake-thread.js'
import { silentPart } from '../mock-acoustic.js'
import { MockBackend } from '../mock-backend.js'
import { RawClient } from '../raw-client.js'
import { startTestServer, type TestServer } from '../test-server.js'
import { clientOf, refusal, samplesOfWord, usual } from './openai-client.js'

/** Says its words one after the other, and dies of the word "dies". */
class SpeakingThread {
  private readonly texts = new Map<number, string[]>()

  constructor(private readonly thread: FakeThread) {}

  take(message: JobRequest<SpeechJob> | StopMessage): void {
    if ('type' in message) {
      this.thread.emit('exit', 0)
      return
    }
    const { id, job } = message
    if (job.type === 'begin') this.texts.set(job.utterance, job.text.split(' '))
    const result = this.answer(job)
    setImmediate(() => {
      if (result === undefined) this.thread.emit('exit', 1)
      else this.thread.emit('message', { type: 'done', id, result })
    })
  }

  private answer(job: SpeechJob): SpeechAnswer | undefined {
    if (job.type === 'describe') {
      const mel = readMelConvention('nvidia-22k')
      return { facts: { description: 'fake', voices: ['anna'], mel, speeds: [0.5, 2] } }
    }
    const word = this.texts.get(job.utterance)?.shift()
    if (job.type === 'end' || word === undefined) return {}
    return word === 'dies' ? undefined : { part: silentPart(word) }
  }
}

describe('a thread of an acoustic model that dies', () => {
  let running: TestServer
  let started: FakeThread[]
  let crashes: string[]
  beforeEach(async () => {
    crashes = []
    const fakes = fakeThreads()
    started = fakes.started
    const start: StartThread = (url, data) => {
      const handle = fakes.start(url, data)
      const thread = started.at(-1)!
      const speaking = new SpeakingThread(thread)
      thread.control.keepBeating()
      thread.postMessage = (message) => speaking.take(message as JobRequest<SpeechJob>)
      setImmediate(() => thread.emit('message', { type: 'ready' }))
      return handle
    }
    const acousticModel = await AcousticThread.start('folder', ({ message }) => crashes.push(message), start)
    running = await startTestServer({ backend: new MockBackend(), acousticModel })
  })
  afterEach(() => running.stop())
  const say = (input: string) => clientOf(running).audio.speech.create({ ...usual, input })
  const samplesOf = async (response: Response) => ((await response.arrayBuffer()).byteLength - 44) / 2

  it('fails the text that it died of with one error, and says the next', async () => {
    const error = await refusal(say('dies'))
    expect(error).toMatchObject({ status: 503, code: 'synthesis_failed' })
    expect(error.message).toMatch(/acoustic model: got a thread that died of it, expected one that goes on/)
    expect(await samplesOf(await say('two words'))).toBe(2 * samplesOfWord)
    expect(started).toHaveLength(2)
    expect(crashes).toHaveLength(1)
    const ready = await fetch(`${running.http}/readyz`)
    expect(ready.status).toBe(200)
  })

  it('breaks off a text that is heard already, and says the next', async () => {
    const broken = await say('one two dies three')
    await expect(broken.arrayBuffer()).rejects.toThrow()
    expect(await samplesOf(await say('two words'))).toBe(2 * samplesOfWord)
  })

  it('leaves no request without an end', async () => {
    const all = await Promise.allSettled(
      ['one two', 'dies', 'one two three', 'four dies', 'five'].map(async (text) =>
        samplesOf(await say(text)),
      ),
    )
    for (const result of all) {
      if (result.status === 'fulfilled') expect(result.value % samplesOfWord).toBe(0)
    }
    expect(all[1]!.status).toBe('rejected')
    expect(all[3]!.status).toBe('rejected')
    expect(await samplesOf(await say('two words'))).toBe(2 * samplesOfWord)
  })

  it('disturbs no live stream', async () => {
    const live = await RawClient.connect(running.url)
    live.open(1)
    await live.next('opened', 1)
    live.mel(1, 0, 0, silentPart('before').mel.data)
    await refusal(say('dies'))
    live.mel(1, 1, 10, silentPart('after').mel.data)
    live.send({ type: 'end', stream: 1 })
    await live.next('done', 1)
    expect(live.samples(1)).toHaveLength(2 * samplesOfWord)
    expect(live.all('error', 1)).toEqual([])
    await live.close()
  })
})
