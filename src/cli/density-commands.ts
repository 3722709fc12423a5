import { type Command, Option } from 'commander'
import { blockSeconds, leastSeconds } from '../density/recording.js'
import { bundledModel } from './files.js'
import type { CliIo, CommandEnd } from './io.js'
import { numberBetween, wholeNumberFrom, withEngine } from './options.js'

/** `score`, `calibrate` and `content train`. */
export function addDensityCommands(program: Command, io: CliIo, ends: CommandEnd): void {
  withEngine(program.command('score'))
    .description('how normal recordings are: p-values, decisions and where the anomalies are')
    .argument(
      '<files...>',
      'recordings: WAV, FLAC, MP3, Ogg Vorbis or Ogg Opus; folders of them; - is the standard input',
    )
    .option('--model <folder>', 'model folder', bundledModel)
    .option('--calibration <file>', "made by `glowcast calibrate` (default: the model's)")
    .option('--group <name>', 'group of the calibration (default: the only one, or `default`)')
    .option(
      '--block-seconds <length>',
      'judge files block by block (default: as the group was calibrated); takes the group of that length',
      numberBetween(leastSeconds, blockSeconds),
    )
    .option(
      '--false-alarm-rate <share>',
      'share of good recordings not accepted',
      numberBetween(1e-6, 0.5),
      0.01,
    )
    .option(
      '--jobs <count>',
      'recordings at once, each in a thread (default: as many as cores)',
      wholeNumberFrom(1),
    )
    .option('--seed <number>', 'seed that breaks ties', wholeNumberFrom(0), 0)
    .addOption(new Option('--json', 'print a JSON array').conflicts('csv'))
    .option('--csv', 'print a table')
    .option('--html <folder>', 'write an HTML report with players, spectrograms and surprise')
    .option(
      '--drift <chance>',
      'chance that normal files in their order are said to drift (default: 0.01, and told of only then)',
      numberBetween(1e-6, 0.5),
    )
    .option('--content <folder>', 'content model, made by `glowcast content train`: is it the right sound?')
    .option('--content-calibration <file>', "calibration of the content model (default: the model's)")
    .option('--content-group <name>', 'group of that calibration (default: the only one, or `default`)')
    .addOption(
      new Option(
        '--detector <name>',
        'what decides (default: content with --content, else texture); both: each at half the false-alarm rate',
      ).choices(['texture', 'content', 'both']),
    )
    .action(async (files, options) => ends((await import('./score.js')).score(files, options, io)))

  withEngine(program.command('calibrate'))
    .description('measure normal recordings, so that `glowcast score` has something to compare with')
    .requiredOption('--data <folders...>', 'folders of normal recordings')
    .option('--model <folder>', 'model folder', bundledModel)
    .option('--content <folder>', 'calibrate this content model instead; what trained it is left out')
    .option(
      '--negatives <folders...>',
      'with --content: recordings that are known to be wrong; tells how many of them are found',
    )
    .option(
      '--group <name>',
      'group that they stand for: a voice, a codec, a machine (default: `default`, or `blocks`)',
    )
    .option(
      '--block-seconds <length>',
      'calibrate blocks of a stream: recordings are cut into such, shorter ones joined first',
      numberBetween(leastSeconds, blockSeconds),
    )
    .addOption(
      new Option(
        '--split <kind>',
        'all: a third at random says what is normal; held-out: training phrases do',
      )
        .choices(['all', 'held-out'])
        .default('all'),
    )
    .option('--out <file>', "calibration file; its other groups stay (default: the model's)")
    .option(
      '--jobs <count>',
      'recordings at once, each in a thread (default: as many as cores)',
      wholeNumberFrom(1),
    )
    .option('--seed <number>', 'seed of the choice', wholeNumberFrom(0), 0)
    .option('--json', 'print the figures as JSON')
    .action(async (options) => ends((await import('./calibrate.js')).calibrate(options, io)))

  const content = program.command('content').description('models of what normal recordings hold')

  withEngine(content.command('train'))
    .description('learn, in minutes, what normal recordings sound like, for `glowcast score --content`')
    .requiredOption('--data <folders...>', 'folders of normal recordings')
    .requiredOption('--out <folder>', 'folder of the content model, with its calibration')
    .option('--background <folders...>', 'folders of other sounds: other machines, classes, voices')
    .option('--negatives <folders...>', 'folders of recordings that are known to be wrong, such as faults')
    .option(
      '--calibration-share <share>',
      'share of the recordings, by seed, that calibrates and does not train; 0: calibrate later',
      numberBetween(0, 0.8),
      0.3,
    )
    .option('--group <name>', 'group that the calibration stands for', 'default')
    .addOption(
      new Option('--level <what>', 'kept: how loud it is counts; removed: it does not')
        .choices(['kept', 'removed'])
        .default('kept'),
    )
    .option(
      '--steps <count>',
      'at most, of each flow; it ends when validation gets no better',
      wholeNumberFrom(1),
      400,
    )
    .option('--seed <number>', 'seed of the split, the weights and the patches', wholeNumberFrom(0), 0)
    .option('--json', 'print the figures as JSON')
    .action(async (options) => ends((await import('./content-train.js')).contentTrain(options, io)))
}
