#!/usr/bin/env node
import { existsSync, realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Command, Option } from 'commander'
import { melScaleChecks } from './audio/mel/scale-check.js'
import { addDensityCommands } from './cli/density-commands.js'
import { bundledModel, packageVersion } from './cli/files.js'
import type { CliIo, CommandEnd } from './cli/io.js'
import { onSignals } from './cli/on-signals.js'
import { numberBetween, portNumber, wholeNumberFrom, withEngine, withSynthesis } from './cli/options.js'
import { brokenPipe, failureCode } from './cli/report-failure.js'
import { printable } from './cli/terminal-text.js'
import { damageKinds } from './evaluation/damage.js'

const axesOption = new Option('--axes <order>', 'axes of the .npy where the shape does not tell').choices([
  'frames-bands',
  'bands-frames',
])

const limitOption = (flags: string, what: string, env: string) =>
  new Option(flags, what).env(env).argParser(wholeNumberFrom(1))

/**
 * Runs a command line.
 *
 * @param args without the program's name
 * @returns the exit code: 0 done, 1 what the caller can mend, 2 `score` did not accept every file, 70 our mistake
 */
export async function run(args: readonly string[], io: CliIo = process): Promise<number> {
  let code = 0
  const ends: CommandEnd = async (ended) => {
    const given = await ended
    code = typeof given === 'number' ? given : 0
  }
  const program = new Command('glowcast')
    .description('A flow vocoder: mel frames to speech, training, and evaluation.')
    .version(packageVersion())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(printable(text)),
      // Said by `failureCode`, in one line.
      outputError: () => undefined,
    })
  addCommands(program, io, ends)
  try {
    await program.parseAsync(args, { from: 'user' })
    return code
  } catch (error) {
    return failureCode(error, io, program, args)
  }
}

function addCommands(program: Command, io: CliIo, ends: CommandEnd): void {
  withSynthesis(program.command('vocode'), bundledModel)
    .description('resynthesise a recording from its mel, or vocode mel frames of a TTS model')
    .usage('[options] IN.wav OUT.wav | --mel FRAMES.npy [--f0 FILE] OUT.wav')
    .argument('[files...]', 'IN and OUT, or OUT with --mel; - is the standard input or output')
    .option('--mel <file>', 'log-mel as .npy: [frames, 80] or [80, frames], natural logarithm')
    .addOption(axesOption)
    .addOption(
      new Option(
        '--mel-scale-check <state>',
        'off: take mels that do not look like natural logarithms',
      ).choices(melScaleChecks),
    )
    .option('--f0 <file>', 'F0 of each mel frame in Hz, 0 for unvoiced: .npy or text, one number a line')
    .option(
      '--mel-detail',
      "with --f0 or --pitch: keep the mel's harmonics too, as for F0 that belongs to it",
    )
    .option(
      '--denoise <strength>',
      "take so much of the model's bias spectrum away: 0.1 is a start",
      numberBetween(0, 2),
    )
    .option('--json', 'print the figures as JSON')
    .action(async (files, options) => ends((await import('./cli/vocode.js')).vocode(files, options, io)))

  program
    .command('mel')
    .description('write the log-mel [frames, 80] of a recording as .npy')
    .argument('<in>', 'recording: WAV, FLAC, MP3, Ogg Vorbis or Ogg Opus; - is the standard input')
    .argument('<out>', '.npy file to write; - is the standard output')
    .option('--json', 'print the figures as JSON')
    .action(async (input, output, options) =>
      ends((await import('./cli/mel.js')).mel(input, output, options, io)),
    )

  withEngine(program.command('train'))
    .description('train a model, or go on with a run that was stopped')
    .requiredOption('--data <folders...>', 'folders of recordings')
    .requiredOption('--config <file>', 'training config, JSON')
    .requiredOption('--out <folder>', 'checkpoints, samples, loss curve and the model')
    .option('--cache <folder>', 'analysed recordings (default: OUT/cache)')
    .option('--from <folders...>', 'model folders whose weights to start from (fine-tuning)')
    .action(async (options) => ends((await import('./cli/train.js')).train(options, io)))

  withSynthesis(program.command('evaluate'), bundledModel)
    .description('figures and a report of resynthesis against recordings')
    .requiredOption('--data <folders...>', 'folders of recordings')
    .option('--split <name>', 'judging, validation, training or all (by phrase number)', 'all')
    .option('--limit <files>', 'at most this many files, evenly spread', wholeNumberFrom(1))
    .option('--report <folder>', 'write an HTML report with players and spectrograms')
    .option('--report-items <files>', 'files shown in the report', wholeNumberFrom(0), 8)
    .option('--compare <folder>', 'compare with another run, by the folder of its report')
    .addOption(
      new Option('--damage <kind>', 'make the mels worse first, as those of a TTS model are')
        .choices(damageKinds)
        .default('none'),
    )
    .option('--baseline', 'judge Griffin–Lim from the same mels in the same run')
    .option('--json', 'print the figures as JSON')
    .action(async (options) => ends((await import('./cli/evaluate.js')).evaluate(options, io)))

  addDensityCommands(program, io, ends)

  program
    .command('export')
    .description('write a model as one plain .onnx that ONNX Runtime runs without Glowcast')
    .argument('<out>', '.onnx file to write')
    .option('--model <folder>', 'model folder', bundledModel)
    .option('--frames <count>', 'mel frames of the graph: its shapes are fixed', wholeNumberFrom(1), 256)
    .action(async (output, options) =>
      ends((await import('./cli/export.js')).exportModel(output, options, io)),
    )

  program
    .command('import')
    .description(
      'make a model folder of a PyTorch checkpoint of WaveGlow or SqueezeWave; nothing in it is run',
    )
    .argument('<checkpoint>', 'what torch.save wrote: state dict or module, zip or legacy format')
    .requiredOption('--out <folder>', 'model folder to write')
    .option('--key <path>', 'entry of the checkpoint that holds the model, where there are several')
    .option(
      '--temperature <sigma>',
      'deviation of the noise (default: 0.6, SqueezeWave 1)',
      numberBetween(0, 2),
    )
    .option(
      '--dilation-base <base>',
      'dilation of layer l is this to the power of l (default: 2, SqueezeWave 1)',
      wholeNumberFrom(1),
    )
    .addOption(
      new Option(
        '--couplings <which>',
        'the half of the channels that they change, where a checkpoint does not tell: alternate for glow_old.py',
      ).choices(['second', 'alternate']),
    )
    .addOption(
      new Option('--dtype <name>', 'how weights are stored; 1x1 matrices always as float32')
        .choices(['float32', 'float16'])
        .default('float32'),
    )
    .option('--json', 'print what was found as JSON')
    .action(async (checkpoint, options) =>
      ends((await import('./cli/import.js')).importModel(checkpoint, options, io)),
    )

  program
    .command('info')
    .description('what a model folder holds')
    .option('--model <folder>', 'model folder', bundledModel)
    .option('--json', 'print as JSON')
    .action(async (options) => ends((await import('./cli/info.js')).info(options, io)))

  withSynthesis(program.command('bench'), bundledModel)
    .description('speed of synthesis on this machine')
    .option('--seconds <length>', 'audio to vocode', numberBetween(1, 3600), 60)
    .option('--json', 'print the figures as JSON')
    .action(async (options) => ends((await import('./cli/bench.js')).bench(options, io)))

  program
    .command('serve')
    .description('the live server: mel frames in, audio out while they arrive; and the demo page')
    .addOption(
      new Option(
        '--port <number>',
        'port; 0: any that is free (env PORT, too; by default the next that is free)',
      )
        .env('GLOWCAST_PORT')
        .default(8080)
        .argParser(portNumber),
    )
    .addOption(
      new Option('--host <address>', 'address to listen on').env('GLOWCAST_HOST').default('127.0.0.1'),
    )
    .addOption(
      new Option('--model <folder>', 'model folder')
        .env('GLOWCAST_MODEL')
        .default(bundledModel, 'the one that ships'),
    )
    .addOption(
      new Option('--calibration <file>', "that scores are ranked by (default: the model's)").env(
        'GLOWCAST_CALIBRATION',
      ),
    )
    .addOption(
      new Option(
        '--group <names...>',
        'groups of the calibration that are served, such as one of recordings and one of blocks (default: all)',
      ).env('GLOWCAST_GROUP'),
    )
    .addOption(
      new Option('--threads <count>', 'synthesis threads, one core each (default: all cores)')
        .env('GLOWCAST_THREADS')
        .argParser(wholeNumberFrom(1)),
    )
    .addOption(
      new Option(
        '--token <text...>',
        'bearer tokens that are let in; other users of the machine see the command line',
      ).env('GLOWCAST_TOKEN'),
    )
    .addOption(
      new Option('--allowed-origins <origins...>', 'origins of other pages that may connect').env(
        'GLOWCAST_ALLOWED_ORIGINS',
      ),
    )
    .addOption(
      limitOption(
        '--max-streams <count>',
        'streams at a time (default: as many as were measured)',
        'GLOWCAST_MAX_STREAMS',
      ),
    )
    .addOption(
      limitOption(
        '--max-streams-per-client <count>',
        'streams of one client (default: three quarters of all, or all with a token)',
        'GLOWCAST_MAX_STREAMS_PER_CLIENT',
      ),
    )
    .addOption(
      new Option(
        '--trusted-proxies <count>',
        'proxies of yours in front, whose X-Forwarded-For tells clients apart',
      )
        .env('GLOWCAST_TRUSTED_PROXIES')
        .default(0)
        .argParser(wholeNumberFrom(0)),
    )
    .addOption(
      limitOption('--max-sockets <count>', 'connections at a time (default: 1000)', 'GLOWCAST_MAX_SOCKETS'),
    )
    .addOption(
      limitOption(
        '--max-streams-per-socket <count>',
        'streams of one connection (default: 16)',
        'GLOWCAST_MAX_STREAMS_PER_SOCKET',
      ),
    )
    .addOption(
      limitOption(
        '--idle-seconds <seconds>',
        'silent clients are ended after this (default: 60)',
        'GLOWCAST_IDLE_SECONDS',
      ),
    )
    .addOption(
      limitOption(
        '--drain-seconds <seconds>',
        'streams may finish within this after SIGTERM (default: 20)',
        'GLOWCAST_DRAIN_SECONDS',
      ),
    )
    .addOption(
      limitOption(
        '--max-body-bytes <bytes>',
        'body of POST /v1/vocode (default: 32 MiB)',
        'GLOWCAST_MAX_BODY_BYTES',
      ),
    )
    .addOption(
      new Option('--log-level <level>', 'what is logged')
        .choices(['debug', 'info', 'warn', 'error'])
        .env('GLOWCAST_LOG_LEVEL')
        .default('info'),
    )
    .action(async (options, command: Command) => {
      const { serve } = await import('./cli/serve.js')
      await ends(serve(options, (name) => command.getOptionValueSource(name)))
    })
}

/** Whether this file is what Node was told to run, be it through a link. */
function isProgram(): boolean {
  const script = process.argv[1] ?? ''
  const self = fileURLToPath(import.meta.url)
  // Node takes a name without its ending, too.
  return [script, `${script}.js`].some((path) => existsSync(path) && realpathSync(path) === self)
}

if (isProgram()) {
  const isPipeBroken = brokenPipe(process)
  const args = process.argv.slice(2)
  // The server drains.
  if (args[0] !== 'serve') onSignals()
  const code = await run(args)
  process.exitCode = isPipeBroken() ?? (code === 0 ? process.exitCode : code)
}
