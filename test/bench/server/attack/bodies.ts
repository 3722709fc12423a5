import { silentFlac, silentMp3 } from '../../../audio/files/compressed-bodies.js'
import { rounded } from '../figures.js'
import { ServerProcess } from '../server-process.js'

/** Small bodies that hold hours: what a server takes while it refuses them. */
export async function bodies(): Promise<object[]> {
  const server = await ServerProcess.serve('--threads', '1')
  const sent: [string, Uint8Array][] = [
    ['audio/flac', silentFlac(140_000)],
    ['audio/mpeg', silentMp3(500_000)],
  ]
  try {
    const rows = []
    for (const path of ['/v1/score', '/v1/vocode']) {
      for (const [type, bytes] of sent) {
        const before = await server.residentMb()
        const answer = fetch(`http://127.0.0.1:${server.port}${path}`, {
          method: 'POST',
          headers: { 'Content-Type': type },
          body: new Uint8Array(bytes),
        })
        const status = (await answer).status
        rows.push({
          path,
          type,
          mb: rounded(bytes.length / 1e6),
          status,
          grownMb: rounded((await server.residentMb()) - before),
        })
      }
    }
    return rows
  } finally {
    await server.stop()
  }
}
