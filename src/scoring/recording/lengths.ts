/** Longer recordings are cut into equal segments of at most this, each of which is scored. */
export const blockSeconds = 30

/** Shorter ones hold too few latents for their statistics to mean anything. */
export const minSeconds = 0.5
