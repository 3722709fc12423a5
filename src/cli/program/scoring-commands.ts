import { Option } from 'commander'
import { blockSeconds, minSeconds } from '../../scoring/recording/lengths.js'
import { defaultFalseAlarmRate } from '../../scoring/statistics/conformal.js'
import { jsonOption, modelOption, numberBetween, wholeNumberFrom, withEngine } from '../options.js'
import { type AddCommands, withExamples } from './add-commands.js'

const jobsOption = () =>
  new Option('--jobs <count>', 'recordings at a time, one thread each (default: all cores)').argParser(
    wholeNumberFrom(1),
  )

/** `score`, `calibrate` and `content train`. */
export const addDensityCommands: AddCommands = (program, io, ends) => {
  const score = withEngine(program.command('score'))
    .description('Score recordings against normal ones: p-values, decisions and anomalies.')
    .argument(
      '<files...>',
      'recordings: WAV, FLAC, MP3, Ogg Vorbis, Ogg Opus or Ogg FLAC; folders of them; - is standard input',
    )
    .addOption(modelOption())
    .option('--calibration <file>', "calibration file (default: the model's)")
    .option(
      '--group <name>',
      "group of the calibration (default: auto, which is the only one, or `default`, else that of the recording's condition)",
    )
    .option(
      '--block-seconds <length>',
      'score files in blocks of this length (default: as the group was calibrated)',
      numberBetween(minSeconds, blockSeconds),
    )
    .option(
      '--false-alarm-rate <share>',
      'target false-alarm rate',
      numberBetween(1e-6, 0.5),
      defaultFalseAlarmRate,
    )
    .addOption(jobsOption())
    .option('--seed <number>', 'seed that breaks ties', wholeNumberFrom(0), 0)
    .addOption(jsonOption().conflicts('csv'))
    .option('--csv', 'print CSV')
    .option('--html <folder>', 'write an HTML report with players and spectrograms')
    .option(
      '--drift <rate>',
      `print the result of the drift test, at this false-alarm rate (default: only alarms, at ${defaultFalseAlarmRate})`,
      numberBetween(1e-6, 0.5),
    )
    .option('--content <folder>', 'content model from `glowcast content train`: tests for wrong sounds')
    .option('--content-calibration <file>', "calibration file of the content model (default: the model's)")
    .option('--content-group <name>', 'group of that calibration (default: the only one, or `default`)')
    .addOption(
      new Option(
        '--detector <name>',
        'detector that decides (default: content with --content, else texture); both: each at half the rate',
      ).choices(['texture', 'content', 'both']),
    )
    .action(async (files, options) =>
      ends((await import('../commands/score/score.js')).score(files, options, io)),
    )
  withExamples(score, 'score take-1.wav take-2.wav', 'score recordings --json --html report')

  const calibrate = withEngine(program.command('calibrate'))
    .description('Measure normal recordings, which `glowcast score` then compares with.')
    .requiredOption('--data <folders...>', 'folders of normal recordings')
    .option(
      '--reference <folders...>',
      'folders of other normal recordings that define what is normal (default: some of --data)',
    )
    .addOption(modelOption())
    .option('--content <folder>', 'calibrate this content model; its training recordings are left out')
    .option('--negatives <folders...>', 'with --content: faulty recordings; prints how many are found')
    .option(
      '--group <name>',
      'name of the group: a voice, a machine, or a recording condition that `score --group auto` tells (default: `default`, or `blocks` with --block-seconds)',
    )
    .option(
      '--block-seconds <length>',
      'calibrate for blocks of this length, cut from the recordings; short recordings are joined first',
      numberBetween(minSeconds, blockSeconds),
    )
    .addOption(
      new Option(
        '--split <kind>',
        'recordings that define what is normal; all: a random third; held-out: training phrases',
      )
        .choices(['all', 'held-out'])
        .default('all'),
    )
    .option('--out <file>', "calibration file; other groups in it are kept (default: the model's)")
    .addOption(jobsOption())
    .option('--seed <number>', 'seed of the random choice', wholeNumberFrom(0), 0)
    .addOption(jsonOption())
    .action(async (options) =>
      ends((await import('../commands/calibrate/calibrate.js')).calibrate(options, io)),
    )
  withExamples(
    calibrate,
    'calibrate --data recordings --out calibration.json',
    'calibrate --data recordings --group studio --block-seconds 5 --out calibration.json',
  )

  const content = program.command('content').description('Models of the content of normal recordings.')

  const train = withEngine(content.command('train'))
    .description('Learn what normal recordings contain, for `glowcast score --content`. It takes minutes.')
    .requiredOption('--data <folders...>', 'folders of normal recordings')
    .requiredOption('--out <folder>', 'folder for the content model and its calibration')
    .option('--background <folders...>', 'folders of other sounds: other machines, classes, voices')
    .option('--negatives <folders...>', 'folders of recordings that are known to be wrong')
    .option(
      '--calibration-share <share>',
      'share of the recordings for calibration instead of training; 0: calibrate later',
      numberBetween(0, 0.8),
      0.3,
    )
    .option('--group <name>', 'name of the calibration group', 'default')
    .addOption(
      new Option('--level <what>', 'whether the level of the sound is a feature')
        .choices(['kept', 'removed'])
        .default('kept'),
    )
    .option(
      '--steps <count>',
      'largest number of steps per flow; training stops early when validation stops improving',
      wholeNumberFrom(1),
      400,
    )
    .option('--seed <number>', 'seed of the split, the weights and the patches', wholeNumberFrom(0), 0)
    .addOption(jsonOption())
    .action(async (options) => ends((await import('../commands/novelty-train.js')).contentTrain(options, io)))
  withExamples(
    train,
    'content train --data normal --out models/pump',
    'content train --data normal --background others --negatives faults --out models/pump',
  )
}
