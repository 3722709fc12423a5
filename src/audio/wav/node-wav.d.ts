declare module 'node-wav' {
  const nodeWav: { decode(wav: Uint8Array): { sampleRate: number; channelData: Float32Array[] } }
  export default nodeWav
}
