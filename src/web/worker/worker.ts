import type { Frames } from '../../audio/buffers/frames.js'
import type { Engine } from '../../engine/portable.js'
import type { Likelihood } from '../../likelihood/likelihood.js'
import type { ModelConfig } from '../../models/config/model-config.js'
import { type LoadedModel, readModelFiles } from '../../models/files/model-files.js'
import { fittingModel } from '../../models/fitting-model.js'
import type { ScoreAnswer } from '../../scoring/verdict/answer.js'
import type { SynthesisOptions } from '../../synthesis/options.js'
import { Vocoder } from '../../synthesis/vocoder.js'
import { failureOf } from '../../threads/failure.js'
import type {
  AnswerReply,
  LoadReply,
  LoadRequest,
  OpenRequest,
  StreamReply,
  StreamRequest,
} from '../messages.js'
import { ReceiveQueue } from '../receive-queue.js'
import { assertCompilation } from '../requirements.js'
import { Download } from './download.js'
import { modelAt } from './model-at.js'
import { createRuntimeEngine } from './runtime-engine.js'
import { Scorer } from './scorer.js'
import { serveVoice } from './serve-voice.js'

/** Of a worker; the DOM's types have the page's alone. */
const scope = globalThis as unknown as {
  onmessage: ((event: MessageEvent<LoadRequest | OpenRequest>) => void) | null
  postMessage(reply: LoadReply): void
}

const runtime = { bytes: RUNTIME_BYTES, sha256: RUNTIME_SHA256 }

/** What the page asks of. */
interface Loaded {
  readonly vocoder: Vocoder
  readonly scorer: Scorer
  readonly engine: Engine
  readonly model: LoadedModel<ModelConfig>
}

async function load({ modelUrl, runtimeUrl }: LoadRequest): Promise<Loaded> {
  assertCompilation()
  const download = await Download.begin((progress) => scope.postMessage({ type: 'progress', ...progress }))
  download.expect(runtime.bytes)
  const files = modelAt(modelUrl, download)
  const model = await fittingModel((parse) => readModelFiles(files, parse), files.pathOf('config.json'))
  const engine = await createRuntimeEngine(await download.readOwn(runtimeUrl, runtime))
  const vocoder = await Vocoder.create(engine, model.config, model.weights)
  const isStored = await download.store()
  const scorer = new Scorer(engine, model, {
    ofModel: files.pathOf('calibration.json'),
    read: readAlone,
  })
  scope.postMessage({ type: 'loaded', mel: vocoder.mel, isStored, engine: engine.description })
  return { vocoder, scorer, engine, model }
}

/** A file that is asked for after the load. */
async function readAlone(url: string, maxBytes: number): Promise<Uint8Array> {
  const download = await Download.begin(() => undefined)
  const bytes = await download.readNewest(url, maxBytes)
  await download.store()
  return bytes
}

function serve(loaded: Loaded, request: OpenRequest, port: MessagePort): Promise<void> {
  const { vocoder, scorer, engine, model } = loaded
  if (request.type === 'stream') return stream(vocoder, request.options, port)
  if (request.type === 'score') return answer(port, (onProgress) => scorer.score(request, onProgress))
  if (request.type === 'voice') return serveVoice(engine, model, request.options, port)
  return answer(port, () => scorer.likelihood(request.waveform))
}

async function answer<Answer extends ScoreAnswer | Likelihood>(
  port: MessagePort,
  work: (onProgress: (share: number) => void) => Promise<Answer>,
): Promise<void> {
  const post = (reply: AnswerReply<Answer>) => port.postMessage(reply)
  try {
    post({ type: 'answer', answer: await work((share) => post({ type: 'progress', share })) })
  } catch (error) {
    post({ type: 'failed', failure: failureOf(error) })
  }
}

/** Gives samples when they are asked for, and asks for frames when these are needed for it. */
async function stream(vocoder: Vocoder, options: SynthesisOptions, port: MessagePort): Promise<void> {
  const requests = new ReceiveQueue<StreamRequest>()
  port.onmessage = ({ data }) => requests.push(data)
  const post = (reply: StreamReply, transfer: Transferable[] = []) => port.postMessage(reply, transfer)
  let isClosed = false
  async function* mel(): AsyncGenerator<Frames> {
    for (;;) {
      post({ type: 'want' })
      const request = await requests.read()
      if (request.type === 'mel') yield request.frames
      else {
        isClosed = request.type === 'close'
        return
      }
    }
  }
  try {
    const samples = vocoder.stream(mel(), options)
    while ((await requests.read()).type === 'next') {
      const { done, value } = await samples.next()
      if (isClosed) return
      if (done) return post({ type: 'done' })
      const own = value.slice()
      post({ type: 'samples', samples: own }, [own.buffer])
    }
    await samples.return(undefined)
  } catch (error) {
    post({ type: 'failed', failure: failureOf(error) })
  }
}

scope.onmessage = ({ data: request }) => {
  const loading = load(request as LoadRequest)
  loading.catch((error) => scope.postMessage({ type: 'failed', failure: failureOf(error) }))
  scope.onmessage = async ({ data, ports: [port] }) => serve(await loading, data as OpenRequest, port!)
}
