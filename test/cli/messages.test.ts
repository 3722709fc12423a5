import { EventEmitter } from 'node:events'
import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { printScores } from '../../src/cli/commands/score/print-scores.js'
import { inFlags } from '../../src/cli/program/flag-names.js'
import { aboutFile } from '../../src/cli/terminal/about-file.js'
import type { CliIo } from '../../src/cli/terminal/io.js'
import { brokenPipe } from '../../src/cli/terminal/report-failure.js'
import { GlowcastError } from '../../src/errors.js'
import { readError, WriteError } from '../../src/io/system-error.js'
import { parseWith } from '../../src/parse-with.js'
import { plural } from '../../src/plural.js'
import { unscored } from '../../src/scoring/verdict/file-score.js'
import { errorOf, failureOf } from '../../src/threads/failure.js'
import { trainingConfigSchema } from '../../src/training/config.js'

const lines: string[] = []
const io = {
  stdout: { write: (text: string) => lines.push(text) },
  stderr: { write: (text: string) => lines.push(text) },
} as unknown as CliIo

describe('words of the command line', () => {
  it('counts one and many', () => {
    expect([0, 1, 2].map((count) => plural(count, 'recording'))).toEqual([
      '0 recordings',
      '1 recording',
      '2 recordings',
    ])
  })

  it('names a file once', () => {
    expect(aboutFile('a.wav', 'a.wav: got nothing')).toBe('a.wav: got nothing')
    expect(aboutFile('a.wav', 'not a file')).toBe('a.wav: not a file')
    expect(aboutFile('a\nb', 'not a file')).toBe('a\\nb: not a file')
  })

  it('tells a file that cannot be read from one that is refused', () => {
    lines.length = 0
    const missing = readError('x.wav', Object.assign(new Error(), { code: 'ENOENT' }))
    const silent = new GlowcastError('SILENT', 'y.wav', 'digital silence', 'sound')
    printScores(io, [unscored('x.wav', missing, undefined), unscored('y.wav', silent, undefined)], undefined)
    expect(lines).toEqual([
      'error   x.wav: no such file or folder (ENOENT) [IO]\n',
      'reject  y.wav: got digital silence, expected sound [SILENT]\n',
    ])
  })

  it('calls fields of the library as the command line does', () => {
    const command = new Command('score')
      .option('--false-alarm-rate <share>', '')
      .option('--data <folders...>', '')
      .option('--axes <order>', '')
      .option('--f0 <file>', '')
      .option('--token <text...>', '')
    const said = (field: string, got: string, expected = 'another') =>
      inFlags(new GlowcastError('INVALID_ARGUMENT', field, got, expected), command)
    expect(said('falseAlarmRate', '2')).toBe('--false-alarm-rate: got 2, expected another')
    expect(said('normal', '2')).toBe('--data: got 2, expected another')
    expect(said('f0Hz', '2')).toBe('--f0: got 2, expected another')
    expect(said('tokens[0]', '2')).toBe('--token: got 2, expected another')
    expect(said('m.npy', '2', 'set `axes` or `other`')).toBe('m.npy: got 2, expected set --axes or `other`')
    expect(said('temperature', '2')).toBe('temperature: got 2, expected another')
  })

  it('says of a config what is expected, and of what', () => {
    const wrong = () => parseWith(trainingConfigSchema, { model: 3 }, 'c.json')
    expect(wrong).toThrow('c.json: model: got 3, expected object')
  })

  it('keeps the sentence of an error that comes from a thread', () => {
    const error = new WriteError('IO', 'a', 'b', 'c', { message: 'a: cannot be written: no space' })
    expect(errorOf(failureOf(error)).message).toBe('a: cannot be written: no space')
  })
})

describe('brokenPipe', () => {
  const failed = (code: string) => {
    const [stdout, stderr] = [new EventEmitter(), Object.assign(new EventEmitter(), io.stderr)]
    const exitCode = brokenPipe({ stdout, stderr } as unknown as CliIo)
    lines.length = 0
    for (let i = 0; i < 2; i++)
      stdout.emit('error', Object.assign(new Error(code), { code, syscall: 'write' }))
    return { code: exitCode(), said: lines.join('') }
  }

  it('is silent of a closed pipe, and says once that a disk is full', () => {
    expect(failed('EPIPE')).toEqual({ code: 141, said: '' })
    expect(failed('ENOSPC')).toEqual({
      code: 1,
      said: 'glowcast: standard output cannot be written: no space left on the disk (ENOSPC) [IO]\n',
    })
  })
})
