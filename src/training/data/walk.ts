import type { BigIntStats, Dirent } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { sayingOf } from '../../io/system-error.js'

/** Why a file is skipped that is read all the same, by another path. */
export const foundBefore = 'found before by another path'

export interface WalkedFiles {
  /** In no order that means anything; `root` is the one of `folders` that it lies below. */
  readonly files: { readonly path: string; readonly root: string }[]
  readonly skipped: { readonly path: string; readonly reason: string }[]
}

/**
 * Finds files at any depth of folders. Links are followed, to files and to folders; a folder or a linked file that was
 * found before, by whichever way, is not found again, so that a link to a folder above ends there.
 *
 * @param omitted folders that are left out, such as one that is being written
 * @throws Error of the system when one of `folders` itself cannot be read
 */
export async function walkFolders(
  folders: readonly string[],
  omitted: readonly string[] = [],
): Promise<WalkedFiles> {
  const walk = new Walk()
  await walk.omit(omitted)
  for (const folder of folders) await walk.addRoot(folder)
  await walk.followLinks()
  return { files: walk.files, skipped: walk.skipped }
}

class Walk {
  readonly files: { path: string; root: string }[] = []
  readonly skipped: { path: string; reason: string }[] = []
  private readonly seen = new Set<string>()
  private readonly omitted = new Set<string>()
  private links: { path: string; root: string }[] = []

  async omit(folders: readonly string[]): Promise<void> {
    for (const path of folders) {
      const stats = await statOf(path)
      if (typeof stats === 'object') this.omitted.add(identity(stats))
    }
  }

  async addRoot(folder: string): Promise<void> {
    const stats = await stat(folder, { bigint: true })
    if (this.isNew(folder, stats)) await this.addEntries(folder, folder)
  }

  /** After all that is no link: of a file and its link the file is the one that counts. */
  async followLinks(): Promise<void> {
    while (this.links.length > 0) {
      const links = this.links.sort((a, b) => (a.path < b.path ? -1 : 1))
      this.links = []
      for (const { path, root } of links) await this.followLink(path, root)
    }
  }

  private async followLink(path: string, root: string): Promise<void> {
    const stats = await statOf(path)
    if (typeof stats === 'string') {
      this.skip(path, `a link that leads to no file that can be read: ${stats}`)
    } else if (stats.isDirectory()) {
      if (this.isNew(path, stats)) await this.addFolder(path, root)
    } else if (!stats.isFile()) {
      this.skip(path, 'a link to what is not a file')
    } else if (this.isNew(path, stats)) this.files.push({ path, root })
  }

  private async addFolder(folder: string, root: string): Promise<void> {
    try {
      await this.addEntries(folder, root)
    } catch (error) {
      this.skip(folder, `a folder that cannot be read: ${sayingOf(error)}`)
    }
  }

  private async addEntries(folder: string, root: string): Promise<void> {
    // As bytes: a name that is no UTF-8 would come back as another one.
    const entries = await readdir(folder, { withFileTypes: true, encoding: 'buffer' })
    for (const entry of entries as unknown as Dirent<Buffer>[]) {
      const name = entry.name.toString('utf8')
      const path = join(folder, name)
      if (!entry.name.equals(Buffer.from(name, 'utf8')))
        this.skip(path, 'a name that is not UTF-8; rename it')
      else await this.addEntry(path, root, entry)
    }
  }

  private async addEntry(path: string, root: string, entry: Dirent<Buffer>): Promise<void> {
    if (entry.isSymbolicLink()) this.links.push({ path, root })
    else if (entry.isDirectory()) {
      const stats = await statOf(path)
      if (typeof stats === 'string') this.skip(path, stats)
      else if (this.isNew(path, stats)) await this.addFolder(path, root)
    } else if (entry.isFile()) {
      const stats = await statOf(path)
      if (typeof stats === 'object') this.seen.add(identity(stats))
      this.files.push({ path, root })
    } else this.skip(path, 'not a file')
  }

  private isNew(path: string, stats: BigIntStats): boolean {
    const id = identity(stats)
    if (this.omitted.has(id)) {
      this.skip(path, 'a folder that this command writes')
      return false
    }
    if (this.seen.has(id)) {
      this.skip(path, foundBefore)
      return false
    }
    this.seen.add(id)
    return true
  }

  private skip(path: string, reason: string): void {
    this.skipped.push({ path, reason })
  }
}

function identity({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`
}

/** What the system says of a path, or why it says nothing. */
async function statOf(path: string): Promise<BigIntStats | string> {
  return stat(path, { bigint: true }).catch(sayingOf)
}
