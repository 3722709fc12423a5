import { rounded, sleep } from '../figures.js'
import { prebufferMs, together } from '../live.js'
import { ServerProcess } from '../server-process.js'
import { speechMel } from '../speech-mel.js'

/** SIGTERM while half of the streams will end within the drain's 20 s and half will not. */
export async function sigterm(threads: number, streams: number) {
  const server = await ServerProcess.serve('--threads', `${threads}`)
  const speech = await speechMel()
  const load = { ...speech, framesAtOnce: 4, paced: true, prebufferMs }
  const frames = (seconds: number) => Math.round((seconds * 22_050) / 256)
  const short = together(server.url, streams / 2, { ...load, frames: frames(8) })
  const long = together(server.url, streams / 2, { ...load, frames: frames(40) })
  await sleep(3000)
  const { ms, code } = await server.stop()
  const results = [...(await short), ...(await long)]
  const done = results.filter(({ outcome }) => outcome === 'done')
  const refused = results.filter(({ error }) => error?.code === 'overloaded')
  const failed = results.filter(({ error }) => error !== undefined && error.code !== 'overloaded')
  return {
    threads,
    streams: results.length - refused.length,
    done: done.length,
    doneExact: done.filter(({ samples, frames }) => samples === 256 * frames).length,
    errors: failed.length,
    errorsWithLastSample: failed.filter(({ error, samples }) => error?.samples === samples).length,
    neither: results.length - refused.length - done.length - failed.length,
    exitCode: code,
    exitAfterS: rounded(ms / 1000),
  }
}
