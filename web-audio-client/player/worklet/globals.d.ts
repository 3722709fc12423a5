/** What an AudioWorkletGlobalScope has beyond lib.dom's types. */
declare abstract class AudioWorkletProcessor {
  readonly port: MessagePort
}

declare const currentFrame: number

declare function registerProcessor(
  name: string,
  processor: new (options: AudioWorkletNodeOptions) => AudioWorkletProcessor,
): void
