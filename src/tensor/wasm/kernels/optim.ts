/** Optimizer steps over flat buffers of n floats. */
import { recording } from '../../recording.js'
import type { WasmRuntime } from '../runtime.js'

export interface SgdStep {
  /** Parameters (updated), gradients, momentum buffer (updated; may be left out without momentum). */
  p: number
  g: number
  buffer?: number
  n: number
  lr: number
  momentum?: number
  dampening?: number
  weightDecay?: number
  nesterov?: boolean
  /** The buffer holds nothing yet. */
  firstStep?: boolean
}

/** torch.optim.SGD */
export function sgdStep(rt: WasmRuntime, args: SgdStep): void {
  const { p, g, buffer = 0, n, lr, momentum = 0, dampening = 0, weightDecay = 0 } = args
  const flags = [momentum !== 0, args.nesterov ?? false, args.firstStep ?? false].map(Number)
  rt.run('sgdStep', [p, g, buffer, n, ...flags], [lr, momentum, dampening, weightDecay])
}

export interface AdamwStep {
  /** Parameters (updated), gradients, first and second moments (updated). */
  p: number
  g: number
  m: number
  v: number
  n: number
  lr: number
  beta1?: number
  beta2?: number
  eps?: number
  weightDecay?: number
  /** Number of this step, from 1. */
  step: number
}

/** torch.optim.AdamW */
export function adamwStep(rt: WasmRuntime, args: AdamwStep): void {
  const { p, g, m, v, n, lr, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weightDecay = 0.01, step } = args
  rt.run(
    'adamwStep',
    [p, g, m, v, n],
    [
      ...[1 - lr * weightDecay, 1 - beta1, beta2, 1 - beta2],
      ...[lr / (1 - beta1 ** step), 1 / Math.sqrt(1 - beta2 ** step), eps],
    ],
  )
}

/** Moving average e = decay · e + (1 − decay) · p. */
export function emaStep(rt: WasmRuntime, e: number, p: number, n: number, decay: number): void {
  rt.run('emaStep', [e, p, n], [decay, 1 - decay])
}

/** Index of the first of n floats that is infinite or not a number, −1 if all are finite. */
export function findNonFinite(rt: WasmRuntime, x: number, n: number): number {
  const bytes = 4 * rt.threads
  const found = rt.heap.allocate(bytes)
  rt.run('findNonFinite', [found, x, n])
  recording?.refuse('the host looked for numbers that are not finite')
  const first = rt.i32.subarray(found / 4, found / 4 + rt.threads).find((index) => index >= 0)
  rt.heap.free(found, bytes)
  return first ?? -1
}
