import type { AdamWStep, ParameterUpdate, SgdStep } from '../backend.js'
import type { HostArray } from './hostArray.js'

/**
 * g ← g + weightDecay · p;  b ← momentum · b + (1 − dampening) · g (the first time b ← g);
 * p ← p − lr · (nesterov ? g + momentum · b : b)     (https://pytorch.org/docs/stable/generated/torch.optim.SGD.html)
 */
function descend(p: HostArray, g: HostArray, buffer: HostArray | undefined, o: SgdStep): void {
  for (let i = 0; i < p.size; i++) {
    const gradient = g.values[i]! + o.weightDecay * p.values[i]!
    let step = gradient
    if (buffer) {
      const b = o.first ? gradient : o.momentum * buffer.values[i]! + (1 - o.dampening) * gradient
      buffer.values[i] = b
      step = o.nesterov ? gradient + o.momentum * b : b
    }
    p.values[i]! -= o.lr * step
  }
}

/**
 * p ← p · (1 − lr · weightDecay);  m, v: moving averages of g and g²;
 * p ← p − lr · m̂ / (√v̂ + eps), m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ)     (Loshchilov and Hutter 2019)
 */
function moveByMoments(p: HostArray, g: HostArray, m: HostArray, v: HostArray, o: AdamWStep): void {
  const correction1 = 1 - o.beta1 ** o.step
  const correction2 = Math.sqrt(1 - o.beta2 ** o.step)
  for (let i = 0; i < p.size; i++) {
    const gradient = g.values[i]!
    m.values[i] = o.beta1 * m.values[i]! + (1 - o.beta1) * gradient
    v.values[i] = o.beta2 * v.values[i]! + (1 - o.beta2) * gradient * gradient
    const scale = Math.sqrt(v.values[i]!) / correction2 + o.eps
    p.values[i] = p.values[i]! * (1 - o.lr * o.weightDecay) - (o.lr / correction1) * (m.values[i]! / scale)
  }
}

type Update = ParameterUpdate<HostArray>

function sgdStep(updates: readonly Update[], options: SgdStep): void {
  for (const { parameter, gradient, state } of updates) descend(parameter, gradient, state[0], options)
}

function adamWStep(updates: readonly Update[], options: AdamWStep): void {
  for (const { parameter, gradient, state } of updates) {
    moveByMoments(parameter, gradient, state[0]!, state[1]!, options)
  }
}

/** into ← into + t · (target − into) */
export function lerp(into: HostArray, target: HostArray, t: number): void {
  const { values } = into
  target.values.forEach((v, i) => {
    values[i]! += t * (v - values[i]!)
  })
}

const firstNonFinite = (x: HostArray): number => x.values.findIndex((v: number) => !Number.isFinite(v))

export const optimOperations = { sgdStep, adamWStep, lerp, firstNonFinite }
