import { unpackHibari } from '../../speech/hibari/unpack.js'
import { type CliIo, print } from '../terminal/io.js'

/** `glowcast unpack-acoustic-model`: the wheel of hibari-tts to a folder. */
export async function unpackAcousticModel(
  wheel: string,
  folder: string,
  options: { readonly json?: boolean },
  io: CliIo = process,
): Promise<void> {
  const files = await unpackHibari(wheel, folder)
  print(
    io,
    options.json === true ? JSON.stringify({ folder, files }) : `${folder}: ${files.length} files, checked`,
  )
}
