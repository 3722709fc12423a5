import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { InferenceSession } from 'onnxruntime-node'
import { engineUnavailable } from '../../errors.js'
import type { Precision } from '../passes/precision.js'
import type { OnnxRuntime } from './onnx-runtime.js'

/** Execution providers of ONNX Runtime. */
export const devices = ['cpu', 'cuda', 'dml', 'coreml', 'webgpu'] as const
export type Device = (typeof devices)[number]

/** Where the operations of a graph run when a device other than the CPU was asked for. */
export interface Placement {
  /** The compiled function. */
  readonly graph: string
  readonly device: Device
  readonly onDevice: number
  /** How many of each operation the device does not have. */
  readonly onCpu: Readonly<Record<string, number>>
}

/** What makes a device available that is not. */
const remedies: Partial<Record<Device, string>> = {
  cuda: 'CUDA 12 with cuDNN 9, and ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node --foreground-scripts',
  webgpu: 'a driver of Vulkan, Metal or Direct3D 12 that WebGPU takes',
}

/** ONNX Runtime also prints what it throws, unless only fatal messages are wanted. */
const fatalOnly = 4

/**
 * Checks that this build has the device, that it starts, and that it computes in the precision asked for.
 *
 * @param model a small graph to try it with: a product in that precision
 * @param feeds its inputs
 * @throws GlowcastError ENGINE_UNAVAILABLE with what is missing
 */
export async function assertDevice(
  runtime: OnnxRuntime,
  { device, precision }: { device: Device; precision: Precision },
  model: Uint8Array,
  feeds: InferenceSession.FeedsType,
): Promise<void> {
  const there = runtime.listSupportedBackends().map(({ name }) => name)
  if (!there.includes(device)) {
    const got = `a build of onnxruntime-node for ${there.join(', ')}`
    throw engineUnavailable(`device ${device}`, got, 'one of these, or another build')
  }
  const options = { executionProviders: [device], logSeverityLevel: fatalOnly } as const
  try {
    const session = await runtime.InferenceSession.create(model, options)
    try {
      await session.run(feeds, { logSeverityLevel: fatalOnly })
    } finally {
      await session.release()
    }
  } catch (error) {
    const message = (error as Error).message.split('\n')[0]!
    // Before these lies a place in ONNX Runtime's source.
    const reason = message
      .split(/ was false\. |Status Message: (?:\S+\.cc:\d+ \S+ )?/)
      .at(-1)!
      .trim()
    const also = precision === 'float32' ? '' : `, and ${precision} on it`
    const wanted = `${remedies[device] ?? 'a device that starts'}${also}`
    throw engineUnavailable(`device ${device}`, reason, wanted, { cause: error })
  }
}

/**
 * Creates a session and sees, by ONNX Runtime's own profile of one run, where its operations are computed.
 *
 * @param create with the given options added
 * @param runOnce with any values
 * @throws GlowcastError ENGINE_UNAVAILABLE when matrix products stay on the CPU
 */
export async function placedSession(
  { graph, device }: Pick<Placement, 'graph' | 'device'>,
  create: (profiling: InferenceSession.SessionOptions) => Promise<InferenceSession>,
  runOnce: (session: InferenceSession) => Promise<unknown>,
): Promise<{ session: InferenceSession; placement: Placement }> {
  const folder = await mkdtemp(join(tmpdir(), 'glowcast-placement-'))
  try {
    const session = await create({ enableProfiling: true, profileFilePrefix: join(folder, 'profile') })
    await runOnce(session)
    session.endProfiling()
    const [file] = await readdir(folder)
    const placement = { graph, device, ...placementIn(await readFile(join(folder, file!), 'utf8')) }
    const product = Object.keys(placement.onCpu).find((op) => /Gemm|MatMul/.test(op))
    if (product !== undefined) {
      await session.release()
      const got = `${placement.onCpu[product]} ${product} on the CPU`
      throw engineUnavailable(`device ${device}, graph ${graph}`, got, 'all products on it')
    }
    return { session, placement }
  } finally {
    await rm(folder, { recursive: true })
  }
}

interface ProfileEvent {
  readonly cat: string
  readonly name: string
  readonly args?: { readonly provider?: string; readonly op_name?: string }
}

/** @param profile events of one run, as ONNX Runtime writes them */
export function placementIn(profile: string): Pick<Placement, 'onDevice' | 'onCpu'> {
  const events = (JSON.parse(profile) as ProfileEvent[]).filter(
    ({ cat, name }) => cat === 'Node' && name.endsWith('_kernel_time'),
  )
  const onCpu: Record<string, number> = {}
  let onDevice = 0
  for (const { args } of events) {
    if (args?.provider !== 'CPUExecutionProvider') onDevice += 1
    else onCpu[args.op_name ?? '?'] = (onCpu[args.op_name ?? '?'] ?? 0) + 1
  }
  return { onDevice, onCpu }
}

/** One line for people. */
export function describePlacement({ graph, device, onDevice, onCpu }: Placement): string {
  const others = Object.entries(onCpu).map(([op, count]) => `${count} ${op}`)
  const total = onDevice + Object.values(onCpu).reduce((sum, count) => sum + count, 0)
  const rest = others.length === 0 ? '' : `, on the CPU: ${others.join(', ')}`
  return `${graph}: ${onDevice} of ${total} operations on ${device}${rest}`
}
