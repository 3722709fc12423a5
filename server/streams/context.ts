import type { Logger } from 'pino'
import type { RequestRate } from '../http/request-rate.js'
import type { ServerLimits } from '../operations/limits.js'
import type { Metrics } from '../operations/metrics.js'
import type { ScoringBackend } from '../scoring/backend.js'
import type { Admission } from '../synthesis/admission.js'
import type { SynthesisBackend } from '../synthesis/backend.js'
import type { Clients } from '../websocket/clients.js'

/** What every connection and request of one server shares. */
export interface SessionContext {
  readonly backend: SynthesisBackend
  /** Absent where nothing is scored. */
  readonly scoring: ScoringBackend | undefined
  readonly admission: Admission
  readonly clients: Clients
  readonly requests: RequestRate
  readonly metrics: Metrics
  readonly limits: ServerLimits
  readonly log: Logger
}
