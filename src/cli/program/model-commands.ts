import { Option } from 'commander'
import { jsonOption, modelOption, numberBetween, wholeNumberFrom } from '../options.js'
import { type AddCommands, withExamples } from './add-commands.js'

/** `import`, `export`, `info` and `unpack-acoustic-model`. */
export const addModelCommands: AddCommands = (program, io, ends) => {
  const exportModel = program
    .command('export')
    .description('Write a model as one .onnx file, which ONNX Runtime runs without Glowcast.')
    .argument('<out>', '.onnx file to write; - is standard output')
    .addOption(modelOption())
    .option(
      '--frames <count>',
      'mel frames per call: the shapes of the graph are fixed',
      wholeNumberFrom(1),
      256,
    )
    .action(async (output, options) =>
      ends((await import('../commands/export.js')).exportModel(output, options, io)),
    )
  withExamples(exportModel, 'export glowcast.onnx', 'export --model runs/voice/model --frames 64 voice.onnx')

  const importModel = program
    .command('import')
    .description(
      'Convert a PyTorch checkpoint of WaveGlow or SqueezeWave to a model folder.\nNo code in the checkpoint is run.',
    )
    .argument('<checkpoint>', 'file written by torch.save: state dict or module, zip or legacy format')
    .requiredOption('--out <folder>', 'model folder to write')
    .option('--key <path>', 'entry of the checkpoint that holds the model, if there are several')
    .option(
      '--temperature <sigma>',
      'standard deviation of the noise (default: 0.6; SqueezeWave: 1)',
      numberBetween(0, 2),
    )
    .option(
      '--dilation-base <base>',
      'layer l has dilation base^l (default: 2; SqueezeWave: 1)',
      wholeNumberFrom(1),
    )
    .addOption(
      new Option(
        '--couplings <which>',
        'channels that the couplings change, if the checkpoint does not say; alternate: models of glow_old.py',
      ).choices(['second', 'alternate']),
    )
    .addOption(
      new Option('--dtype <name>', 'type of the stored weights; 1x1 matrices are always float32')
        .choices(['float32', 'float16'])
        .default('float32'),
    )
    .addOption(jsonOption())
    .action(async (checkpoint, options) =>
      ends((await import('../commands/import.js')).importModel(checkpoint, options, io)),
    )
  withExamples(
    importModel,
    'import waveglow_256channels.pt --out models/waveglow',
    'import checkpoint.pt --key model_ema --dtype float16 --out models/squeezewave',
  )

  const info = program
    .command('info')
    .description('Print the configuration of a model.')
    .addOption(modelOption())
    .addOption(jsonOption())
    .action(async (options) => ends((await import('../commands/info.js')).info(options, io)))
  withExamples(info, 'info', 'info --model runs/voice/model --json')

  const unpack = program
    .command('unpack-acoustic-model')
    .description('Unpack an acoustic model from the wheel of hibari-tts 0.2.1, and check its files.')
    .argument('<wheel>', 'hibari_tts-0.2.1-py3-none-any.whl')
    .argument('<out>', 'folder to write')
    .addOption(jsonOption())
    .action(async (wheel, out, options) =>
      ends(
        (await import('../commands/unpack-acoustic-model.js')).unpackAcousticModel(wheel, out, options, io),
      ),
    )
  withExamples(unpack, 'unpack-acoustic-model hibari_tts-0.2.1-py3-none-any.whl hibari')
}
