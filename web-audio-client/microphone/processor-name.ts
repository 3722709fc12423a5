/** Of the capturing end in the AudioWorklet. */
export const captureProcessorName = 'glowcast-capture'
