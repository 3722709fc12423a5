import type { RequestListener, ServerResponse } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeNpy } from '../../../src/audio/mel/npy.js'
import { concatFloats } from '../../../src/numeric/concat-floats.js'
import type { SpokenPart } from '../../../src/speech/acoustic-model.js'
import { MelService } from '../../../src/speech/service/mel-service.js'
import { bytesOf, melOf, type Running, rowsOf, startHttp } from './mel-servers.js'

const mel = melOf(100)
const bytes = bytesOf(mel)
const f0 = Array.from({ length: 100 }, (_, i) => (i % 3 === 0 ? 0 : 120 + i))
const ndjson = 'application/x-ndjson'
const json = 'application/json'

function answer(response: ServerResponse, type: string | undefined, ...parts: (string | Uint8Array)[]) {
  if (type !== undefined) response.setHeader('Content-Type', type)
  for (const part of parts) response.write(part)
  response.end()
}

const line = (start: number, end: number) =>
  `${JSON.stringify({ mel: rowsOf(mel).slice(start, end), f0: f0.slice(start, end) })}\n`

/** What the service answers to each text. */
const answers: Record<string, (response: ServerResponse) => void> = {
  bytes: (response) => answer(response, 'application/octet-stream', bytes),
  untyped: (response) => answer(response, undefined, bytes),
  cut: (response) =>
    answer(
      response,
      'application/octet-stream',
      ...[7, 321, 9000, 40_000].map((end, i, all) => bytes.subarray(all[i - 1] ?? 0, end)),
    ),
  npy: (response) => answer(response, 'application/x-npy', encodeNpy([100, 80], mel)),
  json: (response) =>
    answer(response, 'application/json; charset=utf-8', JSON.stringify({ mel: rowsOf(mel), f0 })),
  lines: (response) =>
    answer(response, ndjson, line(0, 30).slice(0, 99), `${line(0, 30).slice(99)}\n`, line(30, 100).trim()),
  refused: (response) => {
    response.statusCode = 422
    answer(response, json, '{"error":{"message":"no digits, please"}}')
  },
  broken: (response) => {
    response.statusCode = 500
    answer(response, 'text/plain', 'a stack trace')
  },
  moved: (response) => {
    response.writeHead(307, { Location: '/other' }).end()
  },
  html: (response) => answer(response, 'text/html', '<p>hello</p>'),
  nothing: (response) => answer(response, 'application/octet-stream'),
  half: (response) => answer(response, 'application/octet-stream', bytes.subarray(0, 1000)),
  nan: (response) =>
    answer(
      response,
      'application/octet-stream',
      bytesOf(mel.map((value, i) => (i === 900 ? Number.NaN : value))),
    ),
  shape: (response) => answer(response, 'application/x-npy', encodeNpy([80, 100], mel)),
  noNpy: (response) => answer(response, 'application/x-npy', 'MZ'),
  noJson: (response) => answer(response, json, '{"mel":'),
  noMel: (response) => answer(response, json, '[]'),
  narrow: (response) => answer(response, json, JSON.stringify({ mel: [[1, 2, 3]] })),
  words: (response) =>
    answer(response, json, JSON.stringify({ mel: [Array.from({ length: 80 }, () => '1')] })),
  huge: (response) =>
    answer(response, json, JSON.stringify({ mel: rowsOf(mel) }).replace('[[-', '[[1e400,-')),
  short: (response) => answer(response, json, JSON.stringify({ mel: rowsOf(mel), f0: [100] })),
  reported: (response) => answer(response, ndjson, line(0, 30), '{"error":"out of memory"}\n'),
  hangs: (response) => {
    response.write(bytes.subarray(0, 3200))
  },
  silent: () => undefined,
  resets: (response) => {
    response.destroy()
  },
  breaks: (response) => {
    response.write(bytes.subarray(0, 3200), () => response.destroy())
  },
}

describe('a service over HTTP', () => {
  let running: Running
  let service: MelService
  let impatient: MelService
  let asked: object[] = []
  let closed = 0
  beforeAll(async () => {
    const listener: RequestListener = (request, response) => {
      response.on('close', () => {
        closed += 1
      })
      if (request.method === 'GET') {
        const facts = {
          melConvention: 'nvidia-22k',
          voices: ['anna', 'bert'],
          speeds: [0.5, 2],
          sharpen: 0.2,
        }
        return answer(response, json, JSON.stringify(facts))
      }
      let text = ''
      request.on('data', (data) => {
        text += data
      })
      request.on('end', () => {
        const body = JSON.parse(text) as { input: string }
        asked.push({ path: request.url, authorization: request.headers.authorization, body })
        answers[body.input]!(response)
      })
    }
    running = await startHttp(listener)
    const headers = { Authorization: 'Bearer secret' }
    const address = `http://127.0.0.1:${running.port}/mel`
    service = await MelService.open(address, { headers })
    impatient = await MelService.open(address, { stallMs: 1500 })
  })
  afterAll(() => running.stop())

  const partsOf = async (text: string, options = {}) => {
    asked = []
    const parts: SpokenPart[] = []
    const asking = text === 'hangs' || text === 'silent' ? impatient : service
    for await (const part of asking.speak(text, options)) parts.push(part)
    return parts
  }
  const melOfParts = (parts: readonly SpokenPart[]) => concatFloats(parts.map((part) => part.mel.data))

  it('tells what it is', () => {
    expect(service).toMatchObject({ voices: ['anna', 'bert'], speeds: [0.5, 2], sharpen: 0.2 })
    expect(service.mel).toMatchObject({ melBands: 80, hopLength: 256 })
  })

  it.each(['bytes', 'untyped', 'cut', 'npy', 'json', 'lines'])('gives its mel, as %s', async (text) => {
    const parts = await partsOf(text, { voice: 'bert', speed: 1.5 })
    expect(melOfParts(parts)).toEqual(mel)
    expect(parts.every(({ mel: { frames, channels } }) => frames <= 48 && channels === 80)).toBe(true)
    expect(parts[0]!.text).toBe(text)
    expect(asked).toEqual([
      { path: '/mel', authorization: 'Bearer secret', body: { input: text, voice: 'bert', speed: 1.5 } },
    ])
  })

  it.each(['json', 'lines'])('gives its F0, as %s', async (text) => {
    const parts = await partsOf(text)
    expect(concatFloats(parts.map(({ f0Hz }) => f0Hz!))).toEqual(Float32Array.from(f0))
  })

  it.each([
    ['refused', 'INVALID_ARGUMENT', /^text: got status 422, an error: "no digits, please", expected a text/],
    ['broken', 'ENGINE_FAILED', /^acoustic model: got status 500, expected mel frames$/],
    ['moved', 'ENGINE_FAILED', /got status 307, a redirect, which is not followed/],
    ['html', 'ENGINE_FAILED', /got an answer of the type "text\/html", expected application\/octet-stream/],
    ['nothing', 'ENGINE_FAILED', /got no mel frames/],
    [
      'half',
      'ENGINE_FAILED',
      /got an end 40 bytes into a frame, expected whole frames of 80 float32, 320 bytes/,
    ],
    ['nan', 'ENGINE_FAILED', /got mel frames that are not finite/],
    ['shape', 'ENGINE_FAILED', /got an array of shape \[80, 100\], expected \[frames, 80\]/],
    ['noNpy', 'ENGINE_FAILED', /^acoustic model: got .*, expected /],
    ['noJson', 'ENGINE_FAILED', /got 7 characters that are no JSON/],
    ['noMel', 'ENGINE_FAILED', /got JSON without a field "mel"/],
    ['narrow', 'ENGINE_FAILED', /got mel frame 0 of 3 values, expected 80 numbers/],
    ['words', 'ENGINE_FAILED', /got mel frame 0 with what is no number/],
    ['huge', 'ENGINE_FAILED', /got mel frame 0 of 81 values, expected 80 numbers/],
    ['short', 'ENGINE_FAILED', /got f0 of 1 values, expected 100 numbers/],
    ['reported', 'ENGINE_FAILED', /got an error: "out of memory"/],
    ['hangs', 'ENGINE_FAILED', /got nothing for 1.5 s/],
    ['silent', 'ENGINE_FAILED', /got nothing for 1.5 s/],
    ['breaks', 'ENGINE_FAILED', /got an answer that was broken off/],
  ])('fails with one error where the answer is wrong: %s', async (text, code, message) => {
    await expect(partsOf(text)).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
    expect(asked).toHaveLength(1)
  })

  it.each([
    [{ voice: 'carl' }, 'voice', 'anna or bert'],
    [{ speed: 3 }, 'speed', 'a number from 0.5 to 2'],
  ])('asks nothing of what it does not have: %j', async (options, field, expected) => {
    await expect(partsOf('bytes', options)).rejects.toMatchObject({ field, expected })
    await expect(partsOf('😀')).rejects.toMatchObject({ field: 'text' })
    expect(asked).toEqual([])
  })

  it('asks once more where the connection is closed before the answer begins', async () => {
    await expect(partsOf('resets')).rejects.toMatchObject({
      code: 'ENGINE_FAILED',
      message: expect.stringMatching(/got no connection/),
    })
    expect(asked).toHaveLength(2)
  })

  it('breaks the request off when nobody waits', async () => {
    const gone = new AbortController()
    const parts = service.speak('hangs', { signal: gone.signal })
    expect((await parts.next()).done).toBe(false)
    closed = 0
    const next = parts.next()
    gone.abort('left')
    await expect(next).rejects.toBe('left')
    await expect.poll(() => closed).toBe(1)
  })

  it('breaks the request off when the iteration ends early', async () => {
    closed = 0
    for await (const _ of service.speak('hangs')) break
    await expect.poll(() => closed).toBe(1)
  })
})

describe('what is no such service', () => {
  it.each([
    ['ftp://127.0.0.1/', /an address like http/],
    ['http://name:word@127.0.0.1/', /got an address with a name or password, expected headers/],
    ['http://', /an address like http/],
  ])('is refused: %s', async (address, message) => {
    await expect(MelService.open(address)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(message),
    })
  })

  it.each([
    [
      'not there',
      404,
      '{}',
      'ENGINE_UNAVAILABLE',
      /got status 404, expected the description of an acoustic model/,
    ],
    ['elsewhere', 302, '', 'ENGINE_UNAVAILABLE', /a redirect, which is not followed/],
    ['no JSON', 200, '<html>', 'ENGINE_UNAVAILABLE', /6 characters that are no JSON/],
    ['without a convention', 200, '{}', 'INVALID_ARGUMENT', /melConvention/],
    [
      'of no convention',
      200,
      '{"melConvention":"mfcc"}',
      'INVALID_ARGUMENT',
      /melConvention: got "mfcc", expected one of nvidia-22k/,
    ],
    ['of one that is refused', 200, '{"melConvention":"kaldi"}', 'INVALID_ARGUMENT', /melConvention/],
    ['without voices', 200, '{"melConvention":"nvidia-22k","voices":[]}', 'INVALID_ARGUMENT', /voices/],
    [
      'with its speeds turned',
      200,
      '{"melConvention":"nvidia-22k","speeds":[2,1]}',
      'INVALID_ARGUMENT',
      /speeds/,
    ],
  ])('is refused: one %s', async (_, status, body, code, message) => {
    const running = await startHttp((_request, response) => {
      if (status === 302) response.setHeader('Location', 'http://127.0.0.1:9/')
      response.statusCode = status
      response.end(body)
    })
    const address = `http://127.0.0.1:${running.port}/`
    await expect(MelService.open(address)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    })
    await running.stop()
  })

  it('is refused where nobody listens', async () => {
    const running = await startHttp(() => undefined)
    await running.stop()
    const open = MelService.open(`http://127.0.0.1:${running.port}/mel`)
    await expect(open).rejects.toMatchObject({
      code: 'ENGINE_UNAVAILABLE',
      field: `http://127.0.0.1:${running.port}/mel`,
      got: 'no connection (ECONNREFUSED)',
    })
  })
})
