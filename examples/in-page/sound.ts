import { Player } from 'glowcast/client'

let made: Promise<{ context: AudioContext; player: Player }> | undefined

/** Made with the first sound: browsers want a gesture before. */
export function sound(): Promise<{ context: AudioContext; player: Player }> {
  made ??= makeSound()
  return made
}

async function makeSound() {
  const context = new AudioContext({ latencyHint: 'interactive' })
  const player = await Player.create(context, { workletUrl: './player-worklet.js' })
  player.node.connect(context.destination)
  return { context, player }
}

/** A file that the browser can decode, as one channel. */
export async function samplesOf(file: Blob, sampleRate: number): Promise<Float32Array> {
  const decoder = new OfflineAudioContext(1, 1, sampleRate)
  return (await decoder.decodeAudioData(await file.arrayBuffer())).getChannelData(0)
}
