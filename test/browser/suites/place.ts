import type { Browser } from 'playwright-core'
import type { EngineName } from '../engines/programs.js'
import type { Tab } from '../engines/types.js'
import type { Site } from '../site/site.js'

/** Where tests of several files run: what costs much to start is there once for all of them, as soon as they run. */
interface Place {
  site(): Site
}

/** An engine's only tab. */
export interface EnginePlace extends Place {
  readonly name: EngineName
  /** Access token that the server asks for. */
  readonly token: string
  tab(): Tab
}

/** Chromium, which hears a recording of speech where it is asked for the microphone. */
export interface ChromiumPlace extends Place {
  browser(): Browser
}
