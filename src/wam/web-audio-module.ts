/**
 * The plug-in as hosts see it, which is what `@webaudiomodules/api` calls `WebAudioModule`. It stands here as that package's
 * types cannot be found by projects that resolve modules as Node does.
 */
export interface WamInstance {
  readonly isWebAudioModule: boolean
  readonly moduleId: string
  readonly instanceId: string
  readonly groupId: string
  readonly audioContext: BaseAudioContext
  readonly audioNode: WamAudioNode
  createGui(): Promise<Element>
  destroyGui(gui: Element): void
}

/** Mono in, mono out. Times are of the AudioContext, in seconds; an event without one is for now. */
export interface WamAudioNode extends AudioNode {
  /** Samples between what comes in and what goes out. */
  getCompensationDelay(): Promise<number>
  scheduleEvents(...events: readonly WamVoiceEvent[]): void
  clearEvents(): void
  getState(): Promise<unknown>
  /** @throws GlowcastError INVALID_ARGUMENT for what `getState` does not give */
  setState(state: unknown): Promise<void>
  /** Ends the voice's worker, too. */
  destroy(): void
}

export type WamVoiceEvent =
  | {
      readonly type: 'wam-automation'
      readonly time?: number
      readonly data: { readonly id: string; readonly value: number; readonly normalized: boolean }
    }
  | {
      readonly type: 'wam-midi'
      readonly time?: number
      readonly data: { readonly bytes: [number, number, number] }
    }

export interface WamConstructor {
  readonly isWebAudioModuleConstructor: boolean
  new (groupId: string, audioContext: BaseAudioContext): { initialize(state?: unknown): Promise<WamInstance> }
  /**
   * Loads model and worker.
   *
   * @throws GlowcastError INVALID_ARGUMENT for an OfflineAudioContext or a state that is none; ENGINE_UNAVAILABLE,
   *   INVALID_MODEL as `Vocoder.load`
   */
  createInstance(
    groupId: string,
    audioContext: BaseAudioContext,
    initialState?: unknown,
  ): Promise<WamInstance>
}
