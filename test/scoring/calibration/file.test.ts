import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { bundledModel } from '../../../src/package-root.js'
import { loadCalibration, updateCalibration } from '../../../src/scoring/calibration/store.js'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'glowcast-calibration-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** The bundled calibration with some of its keys changed. */
async function changed(change: object): Promise<{ path: string; density: string }> {
  const bundled = JSON.parse(await readFile(join(bundledModel, 'calibration.json'), 'utf8'))
  const path = join(folder, 'calibration.json')
  await writeFile(path, JSON.stringify({ ...bundled, ...change }))
  return { path, density: bundled.density }
}

it('reads what it wrote', async () => {
  const { path, density } = await changed({})
  const { groups } = await loadCalibration(path, density)
  expect(groups['full-band']!.events).toHaveLength(groups['full-band']!.n)
})

it('refuses a calibration of an older version in one sentence that says how to make a new one', async () => {
  const { path, density } = await changed({ version: 6 })
  await expect(loadCalibration(path, density)).rejects.toThrow(
    /calibration\.json: got a calibration of version 6, expected version 7: remove the file and run glowcast calibrate/,
  )
})

it('names what is wrong with a malformed one', async () => {
  const { path, density } = await changed({ groups: { voice: { n: 0 } } })
  await expect(loadCalibration(path, density)).rejects.toMatchObject({
    code: 'INVALID_CALIBRATION',
    field: expect.stringContaining('groups.voice.n'),
  })
})

it('keeps what another run added since it was read', async () => {
  const path = join(folder, 'shared.json')
  const groups = async () =>
    JSON.parse(await readFile(path, 'utf8').catch(() => '{"groups":{}}')).groups as object
  const add = (name: string) =>
    updateCalibration(path, async () => {
      const before = await groups()
      await new Promise((resolve) => setTimeout(resolve, 5))
      return { groups: { ...before, [name]: {} } }
    })
  await Promise.all(['a', 'b', 'c'].map(add))
  expect(Object.keys(await groups()).sort()).toEqual(['a', 'b', 'c'])
})
