#!/usr/bin/env node
import { Command, Option } from 'commander'
import { bundledModel } from './cli/files.js'
import { numberBetween, wholeNumberFrom, withEngine, withSynthesis } from './cli/options.js'
import { reportFailure } from './cli/report-failure.js'
import { damageKinds } from './evaluation/damage.js'

const program = new Command('glowcast')
  .description('A flow vocoder: mel frames to speech, training, and evaluation.')
  .version('0.1.0')
  .showHelpAfterError('(--help shows the options)')

const axesOption = new Option('--axes <order>', 'axes of the .npy where the shape does not tell').choices([
  'frames-bands',
  'bands-frames',
])

withSynthesis(program.command('vocode'), bundledModel)
  .description('resynthesise a recording from its mel, or vocode mel frames of a TTS model')
  .usage('[options] IN.wav OUT.wav | --mel FRAMES.npy [--f0 FILE] OUT.wav')
  .argument('<files...>', 'IN and OUT, or OUT with --mel')
  .option('--mel <file>', 'log-mel as .npy: [frames, 80] or [80, frames], natural logarithm')
  .addOption(axesOption)
  .option('--f0 <file>', 'F0 of each mel frame in Hz, 0 for unvoiced: .npy or text, one number a line')
  .option('--json', 'print the figures as JSON')
  .action(async (files, options) => (await import('./cli/vocode.js')).vocode(files, options))

program
  .command('mel')
  .description('write the log-mel [frames, 80] of a recording as .npy')
  .argument('<in>', 'recording: WAV, FLAC, MP3, Ogg Vorbis or Ogg Opus')
  .argument('<out>', '.npy file to write')
  .option('--json', 'print the figures as JSON')
  .action(async (input, output, options) => (await import('./cli/mel.js')).mel(input, output, options))

withEngine(program.command('train'))
  .description('train a model, or go on with a run that was stopped')
  .requiredOption('--data <folders...>', 'folders of recordings')
  .requiredOption('--config <file>', 'training config, JSON')
  .requiredOption('--out <folder>', 'checkpoints, samples, loss curve and the model')
  .option('--cache <folder>', 'analysed recordings (default: OUT/cache)')
  .option('--from <folder>', 'model folder whose weights to start from (fine-tuning)')
  .action(async (options) => (await import('./cli/train.js')).train(options))

withSynthesis(program.command('evaluate'), bundledModel)
  .description('figures and a report of resynthesis against recordings')
  .requiredOption('--data <folders...>', 'folders of recordings')
  .option('--split <name>', 'judging, validation, training or all (by phrase number)', 'all')
  .option('--limit <files>', 'at most this many files, evenly spread', wholeNumberFrom(1))
  .option('--report <folder>', 'write an HTML report with players and spectrograms')
  .option('--report-items <files>', 'files shown in the report', wholeNumberFrom(0), 8)
  .addOption(
    new Option('--damage <kind>', 'make the mels worse first, as those of a TTS model are')
      .choices(damageKinds)
      .default('none'),
  )
  .option('--baseline', 'judge Griffin–Lim from the same mels in the same run')
  .option('--json', 'print the figures as JSON')
  .action(async (options) => (await import('./cli/evaluate.js')).evaluate(options))

withEngine(program.command('score'))
  .description('how normal recordings are: p-values, decisions and where the anomalies are')
  .argument('<files...>', 'recordings: WAV, FLAC, MP3, Ogg Vorbis or Ogg Opus')
  .option('--model <folder>', 'model folder', bundledModel)
  .option('--calibration <file>', "made by `glowcast calibrate` (default: the model's)")
  .option('--group <name>', 'group of the calibration (default: the only one, or `default`)')
  .option(
    '--false-alarm-rate <share>',
    'share of good recordings not accepted',
    numberBetween(1e-6, 0.5),
    0.01,
  )
  .option('--seed <number>', 'seed that breaks ties', wholeNumberFrom(0), 0)
  .addOption(new Option('--json', 'print a JSON array').conflicts('csv'))
  .option('--csv', 'print a table')
  .option('--html <folder>', 'write an HTML report with players, spectrograms and surprise')
  .action(async (files, options) => (await import('./cli/score.js')).score(files, options))

withEngine(program.command('calibrate'))
  .description('measure normal recordings, so that `glowcast score` has something to compare with')
  .requiredOption('--data <folders...>', 'folders of normal recordings')
  .option('--model <folder>', 'model folder', bundledModel)
  .option('--group <name>', 'group that they stand for: a voice, a codec, a machine', 'default')
  .addOption(
    new Option('--split <kind>', 'all: a third at random says what is normal; held-out: training phrases do')
      .choices(['all', 'held-out'])
      .default('all'),
  )
  .option('--out <file>', "calibration file; its other groups stay (default: the model's)")
  .option('--seed <number>', 'seed of the choice', wholeNumberFrom(0), 0)
  .option('--json', 'print the figures as JSON')
  .action(async (options) => (await import('./cli/calibrate.js')).calibrate(options))

program
  .command('export')
  .description('write a model as one plain .onnx that ONNX Runtime runs without Glowcast')
  .argument('<out>', '.onnx file to write')
  .option('--model <folder>', 'model folder', bundledModel)
  .option('--frames <count>', 'mel frames of the graph: its shapes are fixed', wholeNumberFrom(1), 256)
  .action(async (output, options) => (await import('./cli/export.js')).exportModel(output, options))

program
  .command('info')
  .description('what a model folder holds')
  .option('--model <folder>', 'model folder', bundledModel)
  .option('--json', 'print as JSON')
  .action(async (options) => (await import('./cli/info.js')).info(options))

withSynthesis(program.command('bench'), bundledModel)
  .description('speed of synthesis on this machine')
  .option('--seconds <length>', 'audio to vocode', numberBetween(1, 3600), 60)
  .option('--json', 'print the figures as JSON')
  .action(async (options) => (await import('./cli/bench.js')).bench(options))

program.parseAsync().catch(reportFailure)
