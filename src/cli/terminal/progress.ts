/** Where progress is written; `process.stderr` is one. */
export interface ProgressStream {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

export interface ProgressOptions {
  readonly label: string
  /** How much there is to do; unknown when absent. */
  readonly total?: number
  /** What is counted, such as `steps` or `files`. */
  readonly unit: string
  /** Whether parts of a unit are told of: then the share that is done is shown, and no rate. */
  readonly inParts?: boolean
  /** What was done before, by an earlier run that this one resumes. Default 0. */
  readonly start?: number
  readonly stream?: ProgressStream
}

export interface Progress {
  /** @param done so far, `start` included; @param note shown at the end of the line */
  update(done: number, note?: string): void
  /** Ends the line. Call it in a `finally`. */
  finish(): void
}

/** Work that ends sooner needs no progress. */
const silentMs = 2_000
const redrawMs = 100
const plainLineMs = 10_000
const barLength = 24

function formatTime(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  const two = (value: number) => String(value).padStart(2, '0')
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`
}

function formatRate(rate: number): string {
  return rate >= 100 ? rate.toFixed(0) : rate.toPrecision(rate >= 1 ? 3 : 2)
}

/**
 * Progress of long work: on a terminal one line, redrawn, with bar, rate and time left; elsewhere a plain line
 * at most every 10 s. Nothing is written for work that ends within 2 s. There is no timer: the line moves
 * when `update` is called.
 */
export function createProgress({
  label,
  total,
  unit,
  start = 0,
  inParts = false,
  stream = process.stderr,
}: ProgressOptions): Progress {
  const startedMs = performance.now()
  let lastDrawnMs = Number.NEGATIVE_INFINITY
  let latest = { done: start, note: '' }
  let hasDrawn = false

  const line = (nowMs: number, isLast: boolean): string => {
    const { done, note } = latest
    const seconds = (nowMs - startedMs) / 1000
    const rate = (done - start) / seconds
    const part = total === undefined ? 0 : Math.min(1, total > 0 ? done / total : 1)
    const filled = Math.round(part * barLength)
    const isBarShown = total !== undefined && stream.isTTY && !isLast
    const pieces = [
      label,
      isBarShown ? `[${'#'.repeat(filled)}${'-'.repeat(barLength - filled)}]` : '',
      total === undefined ? `${done} ${unit}` : `${Math.floor(done)}/${total} ${unit}`,
      inParts && !isLast ? `${Math.floor(100 * part)} %` : '',
      !inParts && rate > 0 ? `${formatRate(rate)}/s` : '',
      isLast ? `in ${formatTime(seconds)}` : '',
      !isLast && total !== undefined && rate > 0 ? `${formatTime((total - done) / rate)} left` : '',
      note.replaceAll(/\s+/g, ' ').trim(),
    ]
    return pieces.filter((piece) => piece !== '').join('  ')
  }

  const draw = (nowMs: number, isLast: boolean): void => {
    const text = line(nowMs, isLast)
    // A line as wide as the terminal would wrap, and could not be redrawn.
    const fitted = stream.isTTY ? `\r${text.slice(0, (stream.columns || 80) - 1)}\x1b[K` : text
    stream.write(stream.isTTY && !isLast ? fitted : `${fitted}\n`)
    lastDrawnMs = nowMs
    hasDrawn = true
  }

  return {
    update(done, note = '') {
      latest = { done, note }
      const nowMs = performance.now()
      const pauseMs = stream.isTTY ? redrawMs : plainLineMs
      if (nowMs - startedMs >= silentMs && nowMs - lastDrawnMs >= pauseMs) draw(nowMs, false)
    },
    finish() {
      if (hasDrawn) draw(performance.now(), true)
      hasDrawn = false
    },
  }
}
