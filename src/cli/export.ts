import { writeFile } from 'node:fs/promises'
import { glowcastModel } from '../models/glowcast.js'
import { loadGlowcastModel } from '../models/load-model.js'
import { standaloneOnnx } from '../models/standalone-onnx.js'

/** `glowcast export`. */
export async function exportModel(output: string, options: { model: string; frames: number }): Promise<void> {
  const { config, weights } = await loadGlowcastModel(options.model)
  const { model, inputs, outputs, nodeCount } = standaloneOnnx(glowcastModel(config), weights, options.frames)
  await writeFile(output, model)
  const list = (shapes: Record<string, readonly number[]>, prefix: string) =>
    Object.entries(shapes)
      .map(([name, shape]) => `${prefix}${name} [${shape.join(', ')}]`)
      .join(', ')
  console.log(`${output}: ${(model.length / 1e6).toFixed(1)} MB, ${nodeCount} nodes`)
  console.log(`inputs:  ${list(inputs, 'in:')}`)
  console.log(`outputs: ${list(outputs, 'out:')}`)
}
