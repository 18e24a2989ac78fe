import { GhostgradError } from '../tensor/errors.js'
import type { NdArray } from '../tensor/ndarray.js'
import type { Shape } from '../tensor/shape.js'

let enabled = false

/** Whether `detectAnomaly` is running. */
export const isAnomalyEnabled = (): boolean => enabled

/**
 * Run `fn` and stop at the first operation that makes a NaN, forward or backward, with an error that names it and the line that
 * called it. Every result is looked through and nothing is replayed: for finding a mistake, not for training. If `fn` is
 * asynchronous, it goes on until its promise is settled. As torch.autograd.detect_anomaly, which looks at gradients alone.
 * @example detectAnomaly(() => loss(model.call(x)).backward())
 */
export function detectAnomaly<T>(fn: () => T): T {
  const before = enabled
  const end = (): void => {
    enabled = before
  }
  enabled = true
  let result: T
  try {
    result = fn()
  } catch (error) {
    end()
    throw error
  }
  if (result instanceof Promise) return result.finally(end) as T
  end()
  return result
}

/** Refuse a NaN in what an operation has computed of `inputs`. @param calledAt see `callSite` */
export function refuseNaN(name: string, inputs: readonly NdArray[], out: NdArray, calledAt: string): void {
  const index = firstNaN(out)
  if (index < 0) return
  const given = inputs.findIndex((input) => firstNaN(input) >= 0)
  const made = given < 0 ? 'made the first NaN' : `was given a NaN in its input ${given}, and made one`
  throw new GhostgradError(
    `detectAnomaly: ${name} ${made}, at ${place(index, out.shape)}; it was called at ${calledAt}`,
  )
}

/** Refuse a NaN in the gradients that the rule of an operation has computed. */
export function refuseNaNGradients(
  name: string,
  gradients: readonly (NdArray | null)[],
  calledAt: string | null,
): void {
  for (const [i, gradient] of gradients.entries()) {
    const index = gradient ? firstNaN(gradient) : -1
    if (index < 0) continue
    throw new GhostgradError(
      `detectAnomaly: the backward pass of ${name} made the first NaN, in the gradient of its input ${i} at ` +
        `${place(index, gradient!.shape)}; ${name} was called ${calledAt ? `at ${calledAt}` : 'outside detectAnomaly'}`,
    )
  }
}

/** Row-major index of the first NaN, or −1. */
function firstNaN(x: NdArray): number {
  if (x.backend.firstNonFinite(x) < 0) return -1
  return x.backend.read(x).findIndex(Number.isNaN)
}

/** `(1, 2)`: a row-major index as a position. */
function place(index: number, shape: Shape): string {
  const position: number[] = []
  let rest = index
  for (const n of [...shape].reverse()) {
    position.unshift(rest % n)
    rest = Math.floor(rest / n)
  }
  return `[${position.join(', ')}]`
}

/** The folder of ghostgrad's own code, as stacks show it. */
const ownCode = decodeURI(new URL('..', import.meta.url).pathname)

/** The line of the caller's code that is running: `file:line:column`; in a bundle, where all code is in one file, the whole stack. */
export function callSite(): string {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 200
  const { stack = '' } = new Error()
  Error.stackTraceLimit = stackTraceLimit
  const frames = stack
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => /:\d+:\d+\)?$/.test(line))
  const caller = frames.find((frame) => !frame.includes(ownCode))
  return caller?.replace(/^.*?([^\s()]+:\d+:\d+)\)?$/, '$1') ?? frames.join('\n')
}
