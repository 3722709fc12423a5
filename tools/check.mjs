// Checks types, format and lint, import rules, unused exports, two at a time. All are run, so that one run names every
// error. `node tools/check.mjs [CHECK…]`
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(fileURLToPath(import.meta.url), '..', '..')
const cruiser = 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs'

/** What takes longest comes first, so that no core idles at the end. */
const checks = {
  types: ['tools/check-types.mjs'],
  lint: ['node_modules/@biomejs/biome/bin/biome', 'check', '.'],
  imports: [cruiser, '--output-type', 'err', 'src', 'server', 'web-audio-client', 'examples'],
  unused: ['node_modules/knip/bin/knip.js'],
}

const given = process.argv.slice(2)
const names = given.length > 0 ? given : Object.keys(checks)
const unknown = names.find((name) => checks[name] === undefined)
if (unknown !== undefined)
  throw new Error(`check: got ${unknown}, expected one of ${Object.keys(checks).join(', ')}`)
await Promise.all([runRest(), runRest()])

async function runRest() {
  for (let name = names.shift(); name !== undefined; name = names.shift()) await run(checks[name])
}

/** What one says is written as a whole, not between the lines of another. */
async function run(command) {
  const child = spawn(process.execPath, command, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  const said = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => said.push(part))
  const [status] = await once(child, 'close')
  process.stdout.write(Buffer.concat(said))
  if (status !== 0) process.exitCode = 1
}
