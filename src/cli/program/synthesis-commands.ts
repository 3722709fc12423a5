import { Option } from 'commander'
import { melScaleChecks } from '../../audio/mel/scale-check.js'
import { jsonOption, numberBetween, withSynthesis } from '../options.js'
import { type AddCommands, withExamples } from './add-commands.js'

/** `vocode`, `speak`, `mel`, `conventions` and `bench`. */
export const addSynthesisCommands: AddCommands = (program, io, ends) => {
  const vocode = withSynthesis(program.command('vocode'))
    .description('Synthesise speech from a recording, or from mel frames.')
    .usage('[options] IN OUT.wav\n       glowcast vocode [options] --mel FRAMES.npy [--f0 FILE] OUT.wav')
    .argument('[files...]', 'IN and OUT.wav, or only OUT.wav with --mel; - is standard input or output')
    .option('--mel <file>', 'mel frames to vocode: .npy, [frames, 80] or [80, frames], natural logarithm')
    .addOption(
      new Option('--axes <order>', 'order of the axes, needed only for a square .npy').choices([
        'frames-bands',
        'bands-frames',
      ]),
    )
    .addOption(
      new Option(
        '--mel-scale-check <state>',
        'off: accept mels that do not look like natural logarithms (default: on)',
      ).choices(melScaleChecks),
    )
    .option(
      '--mel-convention <name>',
      'convention of the mel, one of `glowcast conventions`, or a .json file that describes it (default: nvidia-22k)',
    )
    .option(
      '--f0 <file>',
      'F0 of each mel frame in Hz, 0 where unvoiced: .npy, or text with one number per line',
    )
    .option('--mel-detail', 'with --f0 or --pitch: keep the harmonics of the mel')
    .addOption(denoiseOption())
    .addOption(jsonOption())
    .action(async (files, options) =>
      ends((await import('../commands/vocode.js')).vocode(files, options, io)),
    )
  withExamples(vocode, 'vocode in.wav out.wav', 'vocode --mel frames.npy --f0 f0.txt out.wav')

  const speak = withSynthesis(program.command('speak'))
    .description(
      'Speak a text, with the acoustic model of hibari-tts (English) or a service that gives mels.',
    )
    .usage('[options] --acoustic-model PLACE --out FILE.wav TEXT')
    .argument('[text...]', 'what to say; - is standard input')
    .addOption(
      new Option(
        '--acoustic-model <place>',
        'folder that `glowcast unpack-acoustic-model` wrote, or address of a service that gives mels',
      )
        .env('GLOWCAST_ACOUSTIC_MODEL')
        .makeOptionMandatory(),
    )
    .requiredOption('--out <file>', '.wav file to write; - is standard output')
    .option('--text-file <file>', 'file with the text, in UTF-8; a line ends a sentence')
    .option('--voice <name>', 'voice of the acoustic model (default: its first)')
    .option(
      '--speed <factor>',
      'how fast, from 0.25 to 4 as far as the acoustic model goes (default: 1)',
      numberBetween(0.25, 4),
    )
    .addOption(denoiseOption())
    .addOption(jsonOption())
    .action(async (words, options) => ends((await import('../commands/speak.js')).speak(words, options, io)))
  withExamples(
    speak,
    'speak --acoustic-model hibari --out out.wav "Good morning. How are you?"',
    'speak --acoustic-model hibari --out out.wav --text-file story.txt --speed 1.2',
    'speak --acoustic-model http://127.0.0.1:5000/mel --out out.wav "Guten Morgen."',
    'speak --acoustic-model hibari --out - - < story.txt | ffplay -',
  )

  const mel = program
    .command('mel')
    .description('Write the log-mel of a recording, [frames, 80], as .npy.')
    .argument('<in>', 'recording: WAV, FLAC, MP3, Ogg Vorbis, Ogg Opus or Ogg FLAC; - is standard input')
    .argument('<out>', '.npy file to write; - is standard output')
    .addOption(jsonOption())
    .action(async (input, output, options) =>
      ends((await import('../commands/mel.js')).mel(input, output, options, io)),
    )
  withExamples(mel, 'mel in.wav mel.npy', 'mel - - < in.flac > mel.npy')

  const conventions = program
    .command('conventions')
    .description('List the mel conventions of other systems, and how they are converted.')
    .argument('[recording]', 'measure what each conversion loses on it, in nats')
    .addOption(jsonOption())
    .action(async (recording, options) =>
      ends((await import('../commands/conventions.js')).conventions(recording, options, io)),
    )
  withExamples(conventions, 'conventions', 'conventions speech.wav', 'conventions --json')

  const bench = withSynthesis(program.command('bench'))
    .description('Measure the speed of synthesis on this machine.')
    .option('--seconds <length>', 'seconds of audio to synthesise', numberBetween(1, 3600), 60)
    .addOption(jsonOption())
    .action(async (options) => ends((await import('../commands/bench.js')).bench(options, io)))
  withExamples(bench, 'bench', 'bench --seconds 10 --threads 1 --json')
}

function denoiseOption(): Option {
  return new Option(
    '--denoise <strength>',
    'strength of bias-spectrum subtraction, from 0 to 2, e.g. 0.1 (default: 0)',
  ).argParser(numberBetween(0, 2))
}
