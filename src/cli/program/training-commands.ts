import { Option } from 'commander'
import { damageKinds } from '../../evaluation/damage.js'
import { jsonOption, numberBetween, wholeNumberFrom, withEngine, withSynthesis } from '../options.js'
import { type AddCommands, withExamples } from './add-commands.js'

/** `prepare`, `train` and `evaluate`. */
export const addTrainingCommands: AddCommands = (program, io, ends) => {
  const prepare = program
    .command('prepare')
    .description(
      'Copy recordings that are fit for training, without silent ends and DC; list what is left out.',
    )
    .requiredOption('--data <folders...>', 'folders of recordings')
    .requiredOption(
      '--out <folder>',
      'folder for WAV files, and prepared.json, which says what became of each',
    )
    .option('--min-seconds <length>', 'shortest speech', numberBetween(0.1, 60), 1)
    .option('--min-level <dB>', 'lowest level of the speech, dB full scale', numberBetween(-90, 0), -45)
    .option('--min-snr <dB>', 'least distance of the speech from its pauses', numberBetween(0, 90), 12)
    .option('--max-clipped <share>', 'largest share of samples in flat tops', numberBetween(0, 1), 0.0005)
    .option('--min-bandwidth <Hz>', 'lowest bandwidth', numberBetween(0, 11_025), 3400)
    .addOption(jsonOption())
    .action(async (options) => ends((await import('../commands/prepare.js')).prepare(options, io)))
  withExamples(prepare, 'prepare --data raw/anna raw/many --out prepared')

  const train = withEngine(program.command('train'))
    .description('Train a model. The same command resumes a run that was stopped.')
    .requiredOption('--data <folders...>', 'folders of recordings')
    .requiredOption('--config <file>', 'training configuration, JSON')
    .requiredOption('--out <folder>', 'folder for checkpoints, samples, the loss curve and the model')
    .option('--cache <folder>', 'folder for analysed recordings (default: cache/ in --out)')
    .option('--from <folders...>', 'start from the weights of these model folders (fine-tuning)')
    .action(async (options) => ends((await import('../commands/train.js')).train(options, io)))
  withExamples(
    train,
    'train --data recordings --config configs/1-first.json --out runs/first',
    'train --data voice --config configs/7-new-voice.json --from models/glowcast-22k --out runs/voice',
  )

  const evaluate = withSynthesis(program.command('evaluate'))
    .description('Compare resynthesis with recordings: figures, and an HTML report.')
    .requiredOption('--data <folders...>', 'folders of recordings')
    .addOption(
      new Option('--split <name>', 'part of the recordings, chosen by phrase number')
        .choices(['judging', 'validation', 'training', 'all'])
        .default('all'),
    )
    .option('--limit <files>', 'evaluate at most this many files, evenly spread', wholeNumberFrom(1))
    .option('--report <folder>', 'write an HTML report with players and spectrograms')
    .option('--report-items <files>', 'number of files in the report', wholeNumberFrom(0), 8)
    .option('--compare <folder>', 'compare with another run: the folder of its report')
    .addOption(
      new Option('--damage <kind>', 'degrade the mels first, to resemble those of a TTS model')
        .choices(damageKinds)
        .default('none'),
    )
    .option('--baseline', 'evaluate Griffin-Lim on the same mels, too')
    .addOption(jsonOption())
    .action(async (options) => ends((await import('../commands/evaluate.js')).evaluate(options, io)))
  withExamples(
    evaluate,
    'evaluate --data recordings --report reports/a',
    'evaluate --data recordings --model runs/voice/model --report reports/b --compare reports/a',
  )
}
