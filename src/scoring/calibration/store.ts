import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { readWhole } from '../../io/input.js'
import { withLock } from '../../io/lock.js'
import { writeFileAside } from '../../io/output.js'
import { writeError } from '../../io/system-error.js'
import {
  type Calibration,
  type CalibrationSet,
  calibrationText,
  type DetectorName,
  emptyCalibration,
  readCalibration,
} from './file.js'

/**
 * @param model hash of the model that will score
 * @throws GlowcastError IO; INVALID_CALIBRATION as `readCalibration`
 */
export async function loadCalibration<Name extends DetectorName = 'texture'>(
  path: string,
  model: string,
  detector?: Name,
): Promise<Calibration<Name>> {
  return readCalibration(new TextDecoder().decode(await readWhole(path)), path, model, detector)
}

/**
 * Adds a group to a calibration file, or replaces it.
 *
 * @throws GlowcastError as `updateCalibration`; INVALID_CALIBRATION when the file is of another detector or model
 */
export async function addGroup(
  path: string,
  { name: detector, model }: { readonly name: DetectorName; readonly model: string },
  name: string,
  group: CalibrationSet,
): Promise<void> {
  await updateCalibration(path, async () => {
    const before = await calibrationAt(path, { name: detector, model })
    return { ...before, groups: { ...before.groups, [name]: group } }
  })
}

/** The calibration of a file, empty where there is none. @throws GlowcastError as `loadCalibration` */
export async function calibrationAt(
  path: string,
  { name, model }: { readonly name: DetectorName; readonly model: string },
): Promise<Calibration<DetectorName>> {
  return existsSync(path) ? loadCalibration(path, model, name) : emptyCalibration(name, model)
}

/** How long another process that writes the same file is waited for. It needs milliseconds. */
const lockWaitMs = 30_000

/**
 * Changes a calibration file. Nobody else does meanwhile: what other processes added since it was last read is kept.
 *
 * @param change reads the file as it is now and gives what is written
 * @throws GlowcastError as `change`; IO when another process does not let go of the file; WriteError
 */
export async function updateCalibration(path: string, change: () => Promise<object>): Promise<void> {
  await mkdir(dirname(path), { recursive: true }).catch((cause) => {
    throw writeError(path, cause)
  })
  const options = { doing: 'is being calibrated', waitMs: lockWaitMs }
  await withLock(path, 'file', options, async () => {
    await writeFileAside(path, calibrationText(await change()))
  })
}
