import { assertEnding, isStandardOutput, writeFileAside } from '../../io/output.js'
import { assertOtherFile } from '../../io/same-file.js'
import { filesOfModel } from '../../models/files/model-folder.js'
import { glowcastModel } from '../../models/glowcast/model.js'
import { standaloneOnnx } from '../../models/glowcast/standalone-onnx.js'
import { loadGlowcastModel } from '../../models/load-model.js'
import { plural } from '../../plural.js'
import { type CliIo, note, print } from '../terminal/io.js'

/** `glowcast export`. */
export async function exportModel(
  output: string,
  options: { model: string; frames: number },
  io: CliIo = process,
): Promise<void> {
  assertEnding(output, ['.onnx'], 'a model')
  await assertOtherFile(output, filesOfModel(options.model))
  const { config, weights } = await loadGlowcastModel(options.model)
  const { model, inputs, outputs, nodeCount } = standaloneOnnx(glowcastModel(config), weights, options.frames)
  await writeFileAside(output, model, io.stdout)
  const say = isStandardOutput(output) ? note : print
  const list = (shapes: Record<string, readonly number[]>, prefix: string) =>
    Object.entries(shapes)
      .map(([name, shape]) => `${prefix}${name} [${shape.join(', ')}]`)
      .join(', ')
  say(io, `${output}: ${(model.length / 1e6).toFixed(1)} MB, ${plural(nodeCount, 'node')}`)
  say(io, `inputs:  ${list(inputs, 'in:')}`)
  say(io, `outputs: ${list(outputs, 'out:')}`)
}
