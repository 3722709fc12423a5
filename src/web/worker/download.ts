import { engineUnavailable, GlowcastError, invalidModel } from '../../errors.js'
import { sha256 } from '../../numeric/sha256.js'
import { plural } from '../../plural.js'
import type { LoadProgress } from '../messages.js'

/** Of Cache Storage. */
const cacheName = 'glowcast'

/** Files of one visit: from the browser's storage where they are there, else from the network; stored once they are right. */
export class Download {
  private readonly fetched = new Map<string, Uint8Array<ArrayBuffer>>()
  private loaded = 0
  private total = 0

  private constructor(
    private readonly cache: Cache | undefined,
    private readonly progress: (progress: LoadProgress) => void,
  ) {}

  static async begin(progress: (progress: LoadProgress) => void): Promise<Download> {
    return new Download(await openCache(), progress)
  }

  /** Says that a file of so many bytes is going to be read: progress counts toward it. */
  expect(bytes: number): void {
    this.total += bytes
    this.tell(0)
  }

  /** A file that may change: the network's, and without a network the one of the last visit. */
  async readNewest(url: string, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
    const key = keyOf(url)
    try {
      return await this.fetch(url, key, maxBytes, () => undefined)
    } catch (error) {
      const stored = error instanceof GlowcastError ? undefined : await this.stored(key)
      if (stored === undefined) throw asModelError(url, error)
      return stored
    }
  }

  /**
   * A file that is expected. One of the storage has this hash; what the network gives, the caller checks.
   *
   * @throws GlowcastError INVALID_MODEL when it is missing, or larger
   */
  async read(url: string, bytes: number, hash: string): Promise<Uint8Array<ArrayBuffer>> {
    const key = keyOf(url, hash)
    const stored = await this.stored(key)
    // What was damaged in the storage comes from the network again.
    if (stored !== undefined && (await sha256(stored)) === hash) {
      this.tell(stored.length)
      return stored
    }
    try {
      return await this.fetch(url, key, bytes, (count) => this.tell(count))
    } catch (error) {
      throw asModelError(url, error)
    }
  }

  /**
   * A file of the package, which is expected.
   *
   * @throws GlowcastError ENGINE_UNAVAILABLE when it is missing, or not the file of this version
   */
  async readOwn(
    url: string,
    { bytes, sha256: hash }: { bytes: number; sha256: string },
  ): Promise<Uint8Array<ArrayBuffer>> {
    const data = await this.read(url, bytes, hash).catch((error: GlowcastError) => {
      throw engineUnavailable(url, error.got, 'onnxruntime.wasm, placed or named by runtimeUrl', {
        cause: error,
      })
    })
    const got = await sha256(data)
    if (got !== hash) throw engineUnavailable(url, `sha256 ${got}`, `${hash}, that of this version`)
    return data
  }

  /** Keeps what was fetched. To be called when it is known to be right. @returns whether all is kept */
  async store(): Promise<boolean> {
    const { cache } = this
    if (cache === undefined) return false
    try {
      for (const [key, data] of this.fetched) {
        await cache.delete(key, { ignoreSearch: true })
        await cache.put(key, new Response(data))
      }
      return true
    } catch {
      // Storage is full, or refused.
      return false
    } finally {
      this.fetched.clear()
    }
  }

  private async stored(key: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    try {
      const response = await this.cache?.match(key)
      return response && new Uint8Array(await response.arrayBuffer())
    } catch {
      // A browser may lose what it stored: then the network has it.
      return undefined
    }
  }

  private tell(bytes: number): void {
    this.loaded += bytes
    this.progress({ loaded: this.loaded, total: this.total })
  }

  private async fetch(
    url: string,
    key: string,
    maxBytes: number,
    arrived: (bytes: number) => void,
  ): Promise<Uint8Array<ArrayBuffer>> {
    // A copy that HTTP's cache may still use can be older than the manifest.
    const response = await fetch(url, { cache: 'no-cache' })
    if (!response.ok) throw invalidModel(url, `status ${response.status}`, 'a file')
    const chunks: Uint8Array[] = []
    let length = 0
    const reader = response.body!.getReader()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      length += value.length
      if (length > maxBytes) {
        await reader.cancel()
        throw invalidModel(url, 'more than that', `at most ${plural(maxBytes, 'byte')}`)
      }
      chunks.push(value)
      arrived(value.length)
    }
    const data = new Uint8Array(length)
    let offset = 0
    for (const chunk of chunks) {
      data.set(chunk, offset)
      offset += chunk.length
    }
    this.fetched.set(key, data)
    return data
  }
}

/** A browser may refuse storage, in private windows for one. All but the next visit works without it. */
async function openCache(): Promise<Cache | undefined> {
  try {
    return await caches.open(cacheName)
  } catch {
    return undefined
  }
}

/** In the storage. Parameters of an address, such as tokens, differ from visit to visit, and are left out. */
function keyOf(url: string, hash?: string): string {
  const key = new URL(url)
  key.search = hash === undefined ? '' : `sha256=${hash}`
  return key.href
}

/** What a network says, in our words. */
function asModelError(url: string, error: unknown): GlowcastError {
  if (error instanceof GlowcastError) return error
  return invalidModel(url, `no answer (${(error as Error).message})`, 'a file', { cause: error })
}
