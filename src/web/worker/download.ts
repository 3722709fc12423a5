import { engineUnavailable, GlowcastError, invalidModel } from '../../errors.js'
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
    // A browser may refuse storage, in private windows for one. All but the next visit works without it.
    const cache = await caches.open(cacheName).catch(() => undefined)
    return new Download(cache, progress)
  }

  /** Bytes to come, beyond those of files that are read already. */
  expect(bytes: number): void {
    this.total += bytes
    this.tell(0)
  }

  /** A file that may change: the network's, and without a network the one of the last visit. */
  async readNewest(url: string, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
    try {
      return await this.fetch(url, url, maxBytes, () => undefined)
    } catch (error) {
      const stored = error instanceof GlowcastError ? undefined : await this.stored(url)
      if (stored === undefined) throw asModelError(url, error)
      return stored
    }
  }

  /** The file at an address that had this hash when it was stored. Whether it is so now, the caller checks. */
  async read(url: string, bytes: number, hash: string): Promise<Uint8Array<ArrayBuffer>> {
    const key = `${url}?sha256=${hash}`
    const stored = await this.stored(key)
    this.total += bytes
    if (stored !== undefined) {
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
   * A file of the package; its bytes are expected already.
   *
   * @throws GlowcastError ENGINE_UNAVAILABLE when it is missing or another
   */
  async readVerified(
    url: string,
    { bytes, sha256: hash }: { bytes: number; sha256: string },
  ): Promise<Uint8Array<ArrayBuffer>> {
    this.total -= bytes
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
    const response = await this.cache?.match(key)
    return response && new Uint8Array(await response.arrayBuffer())
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
    const response = await fetch(url)
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

/** Hexadecimal. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** What a network says, in our words. */
function asModelError(url: string, error: unknown): GlowcastError {
  if (error instanceof GlowcastError) return error
  return invalidModel(url, `no answer (${(error as Error).message})`, 'a file', { cause: error })
}
