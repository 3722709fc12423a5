import { invalidArgument, invalidMel } from '../../errors.js'
import { transpose } from '../../numeric/transpose.js'
import { plural } from '../../plural.js'
import type { Frames } from '../buffers/frames.js'
import { isF0 } from '../pitch/input.js'
import { convertMel } from './conventions/converter.js'
import type { MelDescription } from './conventions/description.js'
import type { MelConfig } from './mel.js'
import { decodeNpy } from './npy.js'
import { assertNaturalLog, type MelScaleCheck } from './scale-check.js'

export type MelAxes = 'frames-bands' | 'bands-frames'

/**
 * Log-mel from the bytes of a .npy file: [frames, melBands] or [melBands, frames], a batch axis of 1 in
 * front allowed. The order is read off the shape; where both axes could be the bands, `axes` must say.
 *
 * @throws GlowcastError INVALID_MEL for a wrong shape, an ambiguous order, values that are not finite or
 * not natural-log mels; INVALID_ARGUMENT for a convention that cannot be converted
 * @param convention that the file is in, if it is not that of `config`, to which its mel is then converted
 */
export function melFromNpy(
  bytes: Uint8Array,
  config: MelConfig,
  field: string,
  axes?: MelAxes,
  scaleCheck?: MelScaleCheck,
  convention?: MelDescription,
): Frames {
  const { shape, data } = decodeNpy(bytes, field)
  const matrix = shape.length === 3 && shape[0] === 1 ? shape.slice(1) : shape
  const { melBands } = convention ?? config
  const wanted = `[frames, ${melBands}] or [${melBands}, frames]`
  if (matrix.length !== 2 || !matrix.includes(melBands)) {
    throw invalidMel(field, `shape [${shape.join(', ')}]`, wanted)
  }
  if (axes === undefined && matrix[0] === melBands && matrix[1] === melBands) {
    throw invalidMel(
      field,
      `shape [${shape.join(', ')}]`,
      `${wanted}; set \`axes\` to frames-bands or bands-frames`,
    )
  }
  const transposed =
    axes === undefined ? matrix[0] === melBands && matrix[1] !== melBands : axes === 'bands-frames'
  const [frames, bands] = transposed ? [matrix[1]!, matrix[0]!] : [matrix[0]!, matrix[1]!]
  if (bands !== melBands) {
    throw invalidMel(field, `shape [${shape.join(', ')}] as ${axes}`, plural(melBands, 'band'))
  }
  if (frames === 0) throw invalidMel(field, 'no frames', 'at least one')
  const values = transposed ? transpose(data, bands, frames) : data
  const given = { data: values, frames, channels: bands }
  const mel = convention === undefined ? given : convertMel(given, convention)
  assertNaturalLog(mel, field, scaleCheck)
  return mel
}

/**
 * F0 of each mel frame from a one-dimensional .npy, or from text with one number a line; Hz, 0 or NaN (as
 * librosa.pyin gives it) = unvoiced.
 *
 * @returns Hz, 0 = unvoiced
 * @throws GlowcastError INVALID_ARGUMENT when it has another length or a value is no F0, INVALID_MEL for a broken .npy
 */
export function f0FromFile(bytes: Uint8Array, frames: number, field: string): Float32Array {
  const isNpy = bytes[0] === 0x93 || (bytes[0] === 0x50 && bytes[1] === 0x4b)
  const values = isNpy
    ? decodeNpy(bytes, field).data
    : numbersFromText(new TextDecoder().decode(bytes), field)
  if (values.length !== frames) {
    throw invalidArgument(field, plural(values.length, 'value'), `${frames}, one a mel frame`)
  }
  const f0Hz = values.map((value) => (Number.isNaN(value) ? 0 : value))
  const bad = f0Hz.findIndex((value) => !isF0(value))
  if (bad >= 0) {
    throw invalidArgument(field, `${f0Hz[bad]} in frame ${bad}`, '0 or NaN (unvoiced) or 20 to 2000 Hz')
  }
  return f0Hz
}

function numbersFromText(text: string, field: string): Float32Array {
  const lines = text.split(/\s+/).filter((line) => line !== '')
  return Float32Array.from(lines, (line) => {
    const value = Number(line)
    if (!Number.isFinite(value) && !/^[+-]?nan$/i.test(line)) {
      throw invalidArgument(field, `"${line.slice(0, 20)}"`, 'numbers, one a line')
    }
    return value
  })
}
