declare module 'node-wav' {
  export function decode(wav: Uint8Array): { sampleRate: number; channelData: Float32Array[] }
}
