import type { SafetensorsDtype } from '../../files/safetensors-header.js'

/** Storage classes by name, `torch.cuda.…` of old checkpoints included. */
const storageDtypes: Readonly<Record<string, SafetensorsDtype>> = {
  DoubleStorage: 'F64',
  FloatStorage: 'F32',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  LongStorage: 'I64',
  IntStorage: 'I32',
  ShortStorage: 'I16',
  CharStorage: 'I8',
  ByteStorage: 'U8',
  BoolStorage: 'BOOL',
}

/** The dtype of a storage class; undefined for any other name. */
export function storageDtype(name: string): SafetensorsDtype | undefined {
  const short = /^torch\.(?:cuda\.)?(\w+Storage)$/.exec(name)?.[1]
  return short !== undefined && Object.hasOwn(storageDtypes, short) ? storageDtypes[short] : undefined
}

/** Values that only have a name. */
const constants: ReadonlySet<string> = new Set([
  ...['float64', 'float32', 'float16', 'bfloat16', 'int64', 'int32', 'int16', 'int8', 'uint8', 'bool'].map(
    (name) => `torch.${name}`,
  ),
  'torch.strided',
  'torch.contiguous_format',
  'torch.preserve_format',
])

/** Functions of the pickles of torch; each is a case of `callName` in call.ts, made of data. */
const callable: ReadonlySet<string> = new Set([
  'collections.OrderedDict',
  'torch.Size',
  'torch.device',
  'torch._utils._rebuild_tensor',
  'torch._utils._rebuild_tensor_v2',
  'torch._utils._rebuild_parameter',
  'torch._utils._rebuild_parameter_with_state',
  'torch.nn.parameter.Parameter',
  // Python 2 and pickles of protocol 2 and below say __builtin__.
  'builtins.set',
  '__builtin__.set',
  // A constant of modules that torch below 1.3 saved.
  'torch.nn.backends.thnn._get_thnn_function_backend',
])

const moduleFiles = ['glow', 'glow_old', 'waveglow.glow', 'waveglow.model', 'model', '__main__']
const moduleClasses = ['WaveGlow', 'WN', 'Invertible1x1Conv', 'SqueezeWave', 'Upsample1d']

/** Classes whose objects become records of their attributes. */
const records: ReadonlySet<string> = new Set([
  ...moduleFiles.flatMap((file) => moduleClasses.map((name) => `${file}.${name}`)),
  'torch.nn.modules.conv.Conv1d',
  'torch.nn.modules.conv.ConvTranspose1d',
  'torch.nn.modules.batchnorm.BatchNorm1d',
  'torch.nn.modules.container.ModuleList',
  'torch.nn.modules.container.Sequential',
  'torch.nn.parallel.data_parallel.DataParallel',
  'torch.nn.utils.weight_norm.WeightNorm',
])

export const isRecordClass = (name: string): boolean => records.has(name)
export const isConstant = (name: string): boolean => constants.has(name)
export const isAllowed = (name: string): boolean =>
  callable.has(name) || records.has(name) || constants.has(name) || storageDtype(name) !== undefined
