/** Bytes that are read piece by piece: a file's, or what a request brought. */
export interface ByteFile {
  readonly size: number
  /** Up to `length` bytes at `offset`: fewer only at the end. @throws GlowcastError IO */
  read(offset: number, length: number): Promise<Uint8Array>
  close(): Promise<void>
}

/** Something that can be opened more than once. */
export interface ByteInput {
  /** How errors name it. */
  readonly name: string
  /** @throws GlowcastError IO */
  open(): Promise<ByteFile>
}

export function memoryInput(bytes: Uint8Array, name: string): ByteInput {
  const file: ByteFile = {
    size: bytes.length,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
    close: async () => undefined,
  }
  return { name, open: async () => file }
}
