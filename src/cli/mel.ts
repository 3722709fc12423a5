import { writeFile } from 'node:fs/promises'
import { loadMono } from '../audio/audio-file.js'
import { logMel, melPresets } from '../audio/mel.js'
import { encodeNpy } from '../audio/npy.js'

/** `glowcast mel`. */
export async function mel(input: string, output: string, options: { json?: boolean }): Promise<void> {
  const preset = melPresets['nvidia-22k']
  const waveform = await loadMono(input, preset.sampleRate)
  const frames = logMel(waveform, preset)
  await writeFile(output, encodeNpy([frames.frames, frames.channels], frames.data))
  const figures = { output, frames: frames.frames, melBands: frames.channels, preset: 'nvidia-22k' }
  console.log(
    options.json === true ? JSON.stringify(figures) : `${output}: [${frames.frames}, ${frames.channels}]`,
  )
}
