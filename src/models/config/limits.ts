/** Passes toward the mel at most: each delays the sound by three hops. */
export const maxMelProjections = 32
