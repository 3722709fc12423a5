import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import type { HostTensor, Shape } from '../../flow/parameters.js'
import { dtypeOf, encodeTensor, safetensorsLayout, type WriteSafetensorsOptions } from './safetensors.js'

/** A tensor whose values are made when they are needed, so that not all have to be in memory. */
export interface LazyTensor {
  readonly shape: Shape
  read(): Promise<Float32Array>
}

/**
 * Writes a safetensors file tensor by tensor.
 *
 * @param onTensor called with the number of tensors written so far
 * @returns size and sha256 of the file
 * @throws GlowcastError as `writeSafetensors`, and what reading a tensor throws
 */
export async function writeSafetensorsFile(
  path: string,
  tensors: Readonly<Record<string, HostTensor | LazyTensor>>,
  options: WriteSafetensorsOptions,
  onTensor: (written: number) => void = () => undefined,
): Promise<{ bytes: number; sha256: string }> {
  const shapes = Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, shape]))
  const { names, prefix, dataBytes } = safetensorsLayout(shapes, options)
  const hash = createHash('sha256').update(prefix)
  const file = await open(path, 'w')
  try {
    await file.writeFile(prefix)
    for (const [index, name] of names.entries()) {
      const tensor = tensors[name]!
      const data = 'data' in tensor ? tensor.data : await tensor.read()
      const encoded = encodeTensor(name, { shape: tensor.shape, data }, dtypeOf(name, options))
      hash.update(encoded)
      await file.writeFile(encoded)
      onTensor(index + 1)
    }
    await file.sync()
  } finally {
    await file.close()
  }
  return { bytes: prefix.length + dataBytes, sha256: hash.digest('hex') }
}
