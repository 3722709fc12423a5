import { readMono } from '../../audio/files/audio-file.js'
import { openAudioSource } from '../../audio/files/audio-source.js'
import { defaultMel, logMel, melPresets } from '../../audio/mel/mel.js'
import { encodeNpy } from '../../audio/mel/npy.js'
import { assertEnding, isStandardOutput, writeFileAside } from '../../io/output.js'
import { withPiped } from '../../io/piped.js'
import { assertOtherFile } from '../../io/same-file.js'
import { assertFile } from '../program/assert-file.js'
import { type CliIo, note, print } from '../terminal/io.js'
import { warned } from '../terminal/warned.js'

/** `glowcast mel`. */
export async function mel(
  path: string,
  output: string,
  options: { json?: boolean },
  io: CliIo = process,
): Promise<void> {
  await assertFile(path, 'mel')
  assertEnding(output, ['.npy'], 'a mel')
  await assertOtherFile(output, [path])
  const preset = melPresets[defaultMel]
  const waveform = await withPiped(path, io.stdin, async ({ input }) =>
    readMono(warned(await openAudioSource(input), input.name, io), preset.sampleRate, input.name),
  )
  const frames = logMel(waveform, preset)
  await writeFileAside(output, encodeNpy([frames.frames, frames.channels], frames.data), io.stdout)
  const figures = { output, frames: frames.frames, melBands: frames.channels, preset: defaultMel }
  const said =
    options.json === true ? JSON.stringify(figures) : `${output}: [${frames.frames}, ${frames.channels}]`
  if (isStandardOutput(output)) note(io, said)
  else print(io, said)
}
