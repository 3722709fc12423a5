import type { Frames } from '../../audio/buffers/frames.js'
import { readModelFiles } from '../../models/files/model-files.js'
import { fittingModel } from '../../models/fitting-model.js'
import { Vocoder } from '../../synthesis/vocoder.js'
import { failureOf } from '../../threads/failure.js'
import { Inbox } from '../inbox.js'
import type { LoadReply, LoadRequest, OpenRequest, StreamReply, StreamRequest } from '../messages.js'
import { Download } from './download.js'
import { modelAt } from './model-at.js'
import { createRuntimeEngine } from './runtime-engine.js'

/** Of a worker; the DOM's types have the page's alone. */
const scope = globalThis as unknown as {
  onmessage: ((event: MessageEvent<LoadRequest | OpenRequest>) => void) | null
  postMessage(reply: LoadReply): void
}

const runtime = { bytes: RUNTIME_BYTES, sha256: RUNTIME_SHA256 }

async function load({ modelUrl, runtimeUrl }: LoadRequest): Promise<Vocoder> {
  const download = await Download.begin((progress) => scope.postMessage({ type: 'progress', ...progress }))
  download.expect(runtime.bytes)
  const files = modelAt(modelUrl, download)
  const model = await fittingModel((parse) => readModelFiles(files, parse), files.pathOf('config.json'))
  const engine = await createRuntimeEngine(await download.readOwn(runtimeUrl, runtime))
  const vocoder = await Vocoder.create(engine, model.config, model.weights)
  const isStored = await download.store()
  scope.postMessage({ type: 'loaded', mel: vocoder.mel, isStored, engine: engine.description })
  return vocoder
}

/** Gives samples when they are asked for, and asks for frames when these are needed for it. */
async function serve(vocoder: Vocoder, { options }: OpenRequest, port: MessagePort): Promise<void> {
  const requests = new Inbox<StreamRequest>()
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
