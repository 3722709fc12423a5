import type { GlowcastClient } from '../index.js'
import { makeClient } from './connect.js'
import { Sound } from './sound.js'

/** What both parts of the page use: one connection, and one loudspeaker, which plays what was asked for last. */
export class Shared {
  sound: Sound | undefined
  private soundComing: Promise<Sound> | undefined
  private connection = makeClient()

  /** A client that is not closed. */
  get client(): GlowcastClient {
    if (this.connection.state.name === 'closed') this.connection = makeClient()
    return this.connection
  }

  /** Made once, on the first click, however fast the first clicks come; tried again where it failed. */
  async needSound(): Promise<Sound> {
    this.soundComing ??= Sound.create()
    try {
      this.sound = await this.soundComing
      return this.sound
    } catch (error) {
      this.soundComing = undefined
      throw error
    }
  }
}
