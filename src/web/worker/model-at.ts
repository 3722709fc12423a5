import type { ModelFiles } from '../../models/files/model-files.js'
import { type Download, sha256 } from './download.js'

/** The files of a model on a server. @param base its address, with a slash at the end */
export function modelAt(base: string, download: Download): ModelFiles {
  const pathOf = (name: string) => new URL(name, base).href
  return {
    pathOf,
    sha256,
    read: (name, { bytes, sha256: hash }) =>
      hash === undefined
        ? download.readNewest(pathOf(name), bytes)
        : download.read(pathOf(name), bytes, hash),
  }
}
