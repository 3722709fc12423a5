/** How much was said; OpenAI's API counts tokens. */
export interface SpeechUsage {
  readonly characters: number
  readonly frames: number
}

/** Bytes of audio as the server-sent events of OpenAI's API. Its tokens are characters of the text and mel frames. */
export async function* eventsOf(
  parts: AsyncIterable<Uint8Array>,
  usage: () => SpeechUsage,
): AsyncGenerator<Uint8Array> {
  for await (const part of parts) {
    yield event({ type: 'speech.audio.delta', audio: Buffer.from(part).toString('base64') })
  }
  const { characters, frames } = usage()
  const tokens = { input_tokens: characters, output_tokens: frames, total_tokens: characters + frames }
  yield event({ type: 'speech.audio.done', usage: tokens })
}

function event(data: object): Uint8Array {
  return Buffer.from(`data: ${JSON.stringify(data)}\n\n`)
}
