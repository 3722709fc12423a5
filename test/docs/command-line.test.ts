import type { Command } from 'commander'
import { expect, it } from 'vitest'
import { createProgram } from '../../src/cli/program/create-program.js'
import { commandLineReference } from './command-line-reference.js'

function helpOf(command: Command): string {
  let text = ''
  command.configureOutput({ writeOut: (part) => (text += part) })
  command.outputHelp()
  return text
}

// `npm run docs` writes the page: a change of a help text without it fails here.
it('describes every command and option as the program does', async () => {
  const program = createProgram(process, async () => undefined)
  const page = commandLineReference(program, helpOf)
  await expect(page).toMatchFileSnapshot('../../docs/reference/command-line.md')
})
