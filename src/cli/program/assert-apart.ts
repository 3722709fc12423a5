import { invalidArgument } from '../../errors.js'
import { existing, isInside } from '../../io/same-file.js'

/** @throws GlowcastError INVALID_ARGUMENT when the recordings lie in the folder that is written */
export async function assertApart(data: readonly string[], out: string): Promise<void> {
  const target = await existing(out)
  for (const folder of data) {
    if (!isInside(await existing(folder), target)) continue
    const message = `--out ${out}: it holds the recordings of --data ${folder}; choose a folder beside them`
    throw invalidArgument('--out', out, 'a folder beside the recordings', { message })
  }
}
