import type { GlowcastClient } from '../../index.js'
import { Sound } from '../sound/sound.js'
import { makeClient } from './connect.js'
import { Notice } from './notice.js'
import { element } from './page.js'

/** What both parts of the page use: one connection, and one loudspeaker, which plays what was asked for last. */
export class Shared {
  sound: Sound | undefined
  readonly notice = new Notice(
    element('notice', HTMLElement),
    element('notice-text', HTMLElement),
    element('notice-go', HTMLButtonElement),
    () => this.sound?.unlock(),
  )
  private soundComing: Promise<Sound> | undefined
  private connection = makeClient()
  private volume = 1

  /** Whether this page may play at all; where not, it still rebuilds and scores. */
  get canPlay(): boolean {
    return this.notice.canPlay
  }

  /** A client that is not closed. */
  get client(): GlowcastClient {
    if (this.connection.state.name === 'closed') this.connection = makeClient()
    return this.connection
  }

  /** Connects anew, as with another token. */
  reconnect(): void {
    this.connection.close()
  }

  /** Made once, on the first click, however fast the first clicks come; tried again where it failed. */
  async needSound(): Promise<Sound> {
    this.soundComing ??= Sound.create()
    try {
      this.sound = await this.soundComing
      this.sound.setVolume(this.volume)
      return this.sound
    } catch (error) {
      this.soundComing = undefined
      throw error
    }
  }

  /** As `needSound`, where the page may play. */
  async wantSound(): Promise<void> {
    if (this.canPlay) await this.needSound()
  }

  /** @param volume 0 to 1 */
  setVolume(volume: number): void {
    this.volume = volume
    this.sound?.setVolume(volume)
  }
}
