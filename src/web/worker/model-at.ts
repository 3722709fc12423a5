import type { ModelFiles } from '../../models/files/model-files.js'
import { sha256 } from '../../numeric/sha256.js'
import type { Download } from './download.js'

/** The files of a model on a server. @param base its address, with a slash at the end of the path */
export function modelAt(base: string, download: Download): ModelFiles {
  const pathOf = (name: string) => {
    const file = new URL(name, base)
    file.search = new URL(base).search
    return file.href
  }
  return {
    pathOf,
    sha256: (bytes) => sha256(bytes as Uint8Array<ArrayBuffer>),
    read(name, { bytes, sha256: hash }) {
      if (hash === undefined) return download.readNewest(pathOf(name), bytes)
      download.expect(bytes)
      return download.read(pathOf(name), bytes, hash)
    },
  }
}
