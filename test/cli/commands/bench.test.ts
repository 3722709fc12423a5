import { expect, it } from 'vitest'
import { runCli } from '../memory-io.js'

it('measures the synthesis that is asked for', async () => {
  const { code, stderr } = await runCli([
    'bench',
    '--threads',
    '1',
    '--quality',
    'best',
    '--mel-projections',
    '3',
  ])
  expect(code).toBe(1)
  expect(stderr).toContain('quality: got best, expected none beside melProjections')
})
