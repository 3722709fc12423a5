import { describe, expect, it } from 'vitest'
import { fileName } from '../../../../web-audio-client/demo/shared/save-file.js'

describe('the name of a saved result', () => {
  it.each([
    ['Kathleen, English: Lakes and rivers, with clicks', 'kathleen-english-lakes-and-rivers-with-clicks'],
    ['Grüße aus Köln.wav', 'grüße-aus-köln-wav'],
    ['../../etc/passwd', 'etc-passwd'],
    ['???', 'recording'],
    ['x'.repeat(200), 'x'.repeat(60)],
  ])('of %s is one that any disk takes', (note, name) => {
    expect(fileName(note)).toBe(name)
  })
})
