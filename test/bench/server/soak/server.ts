import { pino } from 'pino'
import { createGlowcast } from '../../../../server/index.js'
import type { SynthesisBackend } from '../../../../server/synthesis/backend.js'
import { SynthesisPool } from '../../../../server/synthesis/pool.js'
import { bundledModel } from '../../../../src/package-root.js'
import { serveUntilStopped } from '../serve-until-stopped.js'

/** The server with the shipped model and a capacity that is given, not measured: what a soak lets in is then the same. */
const capacity = Number(process.argv[2])
const log = pino({ level: 'error' })
const pool = await SynthesisPool.start({
  modelFolder: bundledModel,
  threads: 2,
  onCrash: (error) => log.error({ err: error }, 'a synthesis thread died'),
})
const { model, engine, latency } = pool
const backend: SynthesisBackend = {
  model,
  engine,
  latency,
  capacity,
  get open() {
    return pool.open
  },
  openStream: (...stream) => pool.openStream(...stream),
  stop: () => pool.stop(),
}
const glowcast = await createGlowcast({
  backend,
  model: bundledModel,
  log,
  limits: { streamsPerClient: capacity },
})
serveUntilStopped(glowcast, capacity)
