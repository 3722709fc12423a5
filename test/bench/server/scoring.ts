import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { loadMono } from '../../../src/audio/files/audio-file.js'
import { packageFolder } from '../../../src/package-root.js'
import { percentile, rounded, sleep } from './figures.js'
import { oneClient, prebufferMs, together } from './live.js'
import { delayP99, type LoadOptions } from './load-client.js'
import { type ScoringLoad, type ScoringResult, scoreLive } from './scoring-client.js'
import { ServerProcess } from './server-process.js'
import { speechMel } from './speech-mel.js'

const seconds = 5
const filesAtOnce = 4
const recordingFile = join(packageFolder(), 'test/fixtures/audio/speech.flac')

/** Delay of the scores of one stream and of as many as are let in; what scoring does to streams of speech. */
export async function scoring(threads: number) {
  const server = await ServerProcess.serve('--threads', `${threads}`, ...oneClient)
  try {
    const sampleRate = 16_000
    const load = { samples: await loadMono(recordingFile, sampleRate), sampleRate, seconds }
    // The first stream and the first file start the threads.
    await Promise.all([scoreLive(server.url, { ...load, seconds: 1 }), scoreFiles(server, performance.now())])
    const rows = []
    for (const streams of [1, 64]) rows.push(await scored(server, load, streams))
    const speech = { ...(await speechMel()), frames: Math.round((seconds * 22_050) / 256), framesAtOnce: 4 }
    const half = Math.max(1, Math.floor(server.capacity / 2))
    const options = { ...speech, paced: true, prebufferMs }
    for (const beside of ['nothing', 'files', 'files and scoring streams'] as const) {
      rows.push(await synthesised(server, options, half, beside, load))
    }
    return rows
  } finally {
    await server.stop()
  }
}

async function scored(server: ServerProcess, load: ScoringLoad, streams: number) {
  const before = await server.cpuMs()
  const results = await Promise.all(Array.from({ length: streams }, () => scoreLive(server.url, load)))
  const letIn = results.filter(({ outcome }) => outcome === 'scored')
  const cpuMs = (await server.cpuMs()) - before
  return {
    what: `${letIn.length} scoring (${streams - letIn.length} refused)`,
    ...delaysOf(letIn),
    coresPerScoringStream: rounded(cpuMs / 1000 / (seconds * letIn.length), 3),
    residentMb: rounded(await server.residentMb()),
  }
}

function delaysOf(results: readonly ScoringResult[]) {
  const delays = results.flatMap(({ delaysMs }) => delaysMs)
  return {
    declaredMs: rounded(results[0]?.declaredMs ?? 0),
    scoreP50Ms: rounded(percentile(delays, 50)),
    scoreP99Ms: rounded(percentile(delays, 99)),
    scoreWorstMs: rounded(Math.max(0, ...delays)),
  }
}

async function synthesised(
  server: ServerProcess,
  options: LoadOptions,
  streams: number,
  beside: 'nothing' | 'files' | 'files and scoring streams',
  load: ScoringLoad,
) {
  await sleep(2500)
  const until = performance.now() + 1000 * seconds
  const scoringStreams = beside === 'files and scoring streams' ? 64 : 0
  const [speech, results, files] = await Promise.all([
    together(server.url, streams, options),
    Promise.all(Array.from({ length: scoringStreams }, () => scoreLive(server.url, load))),
    beside === 'nothing' ? 0 : scoreFiles(server, until),
  ])
  const letIn = results.filter(({ outcome }) => outcome === 'scored')
  return {
    what: `${streams} speaking beside ${beside}`,
    ...(letIn.length === 0 ? {} : { scoring: letIn.length, ...delaysOf(letIn) }),
    filesPerSecond: rounded(files / seconds, 2),
    speechLate: speech.reduce((sum, { late }) => sum + late, 0),
    speechP99Ms: rounded(delayP99(speech)),
  }
}

/** Scores a file over and over, some at a time, until then. @returns how many */
async function scoreFiles(server: ServerProcess, until: number): Promise<number> {
  const body = new Uint8Array(await readFile(recordingFile))
  const url = `http://127.0.0.1:${server.port}/v1/score`
  let files = 0
  const client = async () => {
    do {
      const response = await fetch(url, { method: 'POST', body, headers: { 'Content-Type': 'audio/flac' } })
      await response.arrayBuffer()
      if (response.ok) files += 1
      else await sleep(100)
    } while (performance.now() < until)
  }
  await Promise.all(Array.from({ length: filesAtOnce }, client))
  return files
}
