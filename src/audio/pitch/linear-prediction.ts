/**
 * Noise floor that the predictor is told of, relative to the signal's power. It keeps the recursion stable, and
 * bands without speech from being whitened up to the level of speech.
 */
const LOADING = 1e-4

/**
 * Residual of linear prediction (autocorrelation method, Levinson-Durbin recursion; J. Makhoul, "Linear
 * prediction: a tutorial review", 1975). Analysed in Hann-windowed frames of 30 ms, half overlapping, whose
 * residuals are overlapped and added, so that the predictor changes without steps.
 *
 * @param waveform samples; the signal is silent outside
 * @param order predictor order; default one pole pair per kHz of bandwidth, and one more
 * @returns the residual, as long as the waveform
 */
export function predictionResidual(
  waveform: Float32Array,
  sampleRate: number,
  order = Math.round(sampleRate / 1000) + 2,
): Float32Array {
  const residual = new Float32Array(waveform.length)
  const half = Math.round(0.015 * sampleRate)
  const length = 2 * half
  const window = Float64Array.from(
    { length },
    (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / length),
  )
  // `order` samples of history before the frame itself.
  const segment = new Float64Array(order + length)
  const windowed = new Float64Array(length)
  const errors = new Float64Array(length)
  const correlation = new Float64Array(order + 1)
  const predictor = new Float64Array(order + 1)
  const scratch = new Float64Array(order + 1)
  for (let start = -half; start < waveform.length; start += half) {
    const first = start - order
    const known = waveform.subarray(Math.max(0, first), Math.max(0, first + segment.length))
    segment.fill(0)
    segment.set(known, Math.max(0, -first))
    for (let i = 0; i < length; i++) windowed[i] = segment[order + i]! * window[i]!
    autocorrelate(windowed, correlation)
    if (correlation[0]! < 1e-12) continue
    correlation[0]! *= 1 + LOADING
    levinsonDurbin(correlation, predictor, scratch)
    const from = Math.max(0, -start)
    const to = Math.min(length, waveform.length - start)
    predictionErrors(segment, predictor, errors)
    for (let i = from; i < to; i++) residual[start + i]! += errors[i]! * window[i]!
  }
  return residual
}

/** out[i] = Σ a[j] · segment[order + i − j]: four at a time, as each addition waits for the one before it. */
function predictionErrors(segment: Float64Array, a: Float64Array, out: Float64Array): void {
  const order = a.length - 1
  let i = 0
  for (; i + 3 < out.length; i += 4) {
    let [e0, e1, e2, e3] = [0, 0, 0, 0]
    for (let j = 0; j <= order; j++) {
      const at = order + i - j
      const weight = a[j]!
      e0 += weight * segment[at]!
      e1 += weight * segment[at + 1]!
      e2 += weight * segment[at + 2]!
      e3 += weight * segment[at + 3]!
    }
    out[i] = e0
    out[i + 1] = e1
    out[i + 2] = e2
    out[i + 3] = e3
  }
  for (; i < out.length; i++) {
    let error = 0
    for (let j = 0; j <= order; j++) error += a[j]! * segment[order + i - j]!
    out[i] = error
  }
}

/** Two sums for each lag, and two lags together: each addition waits for the one before it. @param x even in length */
function autocorrelate(x: Float64Array, out: Float64Array): void {
  for (let lag = 0; lag < out.length; lag += 2) {
    let even = 0
    let odd = 0
    let nextEven = 0
    let nextOdd = 0
    const last = x.length - 2 - lag
    for (let i = 0; i < last; i += 2) {
      const a = x[i]!
      const b = x[i + 1]!
      even += x[i + lag]! * a
      odd += x[i + lag + 1]! * b
      nextEven += x[i + lag + 1]! * a
      nextOdd += x[i + lag + 2]! * b
    }
    even += x[last + lag]! * x[last]!
    odd += x[last + lag + 1]! * x[last + 1]!
    nextEven += x[last + lag + 1]! * x[last]!
    out[lag] = even + odd
    if (lag + 1 < out.length) out[lag + 1] = nextEven + nextOdd
  }
}

/**
 * Solves the Yule-Walker equations: `a` becomes the prediction-error filter, a[0] = 1.
 *
 * @param r autocorrelation at lags 0 .. order, r[0] > 0
 * @param a [order + 1], overwritten
 * @param scratch [order + 1]
 */
function levinsonDurbin(r: Float64Array, a: Float64Array, scratch: Float64Array): void {
  a.fill(0)
  a[0] = 1
  let error = r[0]!
  for (let i = 1; i < a.length; i++) {
    let sum = 0
    for (let j = 0; j < i; j++) sum += a[j]! * r[i - j]!
    const reflection = -sum / error
    scratch.set(a)
    for (let j = 1; j <= i; j++) a[j] = scratch[j]! + reflection * scratch[i - j]!
    error *= 1 - reflection * reflection
  }
}
