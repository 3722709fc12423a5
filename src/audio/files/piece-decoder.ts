/** What the decoders of the packages give. */
export interface DecodedPiece {
  readonly channelData: Float32Array[]
  readonly sampleRate: number
  readonly errors: readonly { readonly message: string }[]
}

/** A decoder of one file. */
export interface PieceDecoder {
  /** The next bytes → the samples that they complete. */
  decode(bytes: Uint8Array): Promise<readonly DecodedPiece[]>
  /** Behind the end: whether the file stops within its sound, where its format tells. */
  readonly isCut?: boolean
  /** Behind the end: whether its encoder left out some of the sound. */
  readonly isLossy?: boolean
  /** What is left at the end. */
  end(): Promise<readonly DecodedPiece[]>
  free(): void
}
