import type { Engine } from '../../engine/portable.js'
import { invalidArgument } from '../../errors.js'
import type { ModelConfig } from '../../models/config/model-config.js'
import type { LoadedModel } from '../../models/files/model-files.js'
import { LiveVoice, type LiveVoiceOptions } from '../../synthesis/voice/live-voice.js'
import { failureOf } from '../../threads/failure.js'
import type { VoiceReply, VoiceRequest } from '../messages.js'
import { ReceiveQueue } from '../receive-queue.js'

/** Answers the requests of one live voice until it is closed. */
export async function serveVoice(
  engine: Engine,
  model: LoadedModel<ModelConfig>,
  options: LiveVoiceOptions,
  port: MessagePort,
): Promise<void> {
  const requests = new ReceiveQueue<VoiceRequest>()
  port.onmessage = ({ data }) => requests.push(data)
  const post = (reply: VoiceReply) => port.postMessage(reply)
  let voice: LiveVoice | undefined
  try {
    voice = await openVoice(engine, model, options)
    post({ type: 'opened', latencySamples: voice.latencySamples, controls: voice.controls })
  } catch (error) {
    return post({ type: 'failed', failure: failureOf(error) })
  }
  for (;;) {
    const request = await requests.read()
    if (request.type === 'close') break
    if (request.type === 'play') {
      voice.play(request.bytes)
      continue
    }
    try {
      post(await answerOf(voice, request))
    } catch (error) {
      post({ type: 'failed', failure: failureOf(error) })
    }
  }
  await voice.dispose()
}

async function openVoice(
  engine: Engine,
  { config, weights }: LoadedModel<ModelConfig>,
  options: LiveVoiceOptions,
): Promise<LiveVoice> {
  if (config.family !== 'glowcast') {
    throw invalidArgument('model', `a ${config.family} model`, 'a glowcast model, for a live voice')
  }
  return LiveVoice.create(engine, config, weights, options)
}

async function answerOf(
  voice: LiveVoice,
  request: Exclude<VoiceRequest, { type: 'play' | 'close' }>,
): Promise<VoiceReply> {
  if (request.type === 'set') {
    voice.set(request.changes)
    return { type: 'controls', controls: voice.controls }
  }
  const begun = performance.now()
  const samples = request.type === 'push' ? await voice.push(request.samples) : await voice.flush()
  return { type: 'samples', samples, computeMs: performance.now() - begun }
}
