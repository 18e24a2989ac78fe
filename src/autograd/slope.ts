/** A derivative by `backward()` beside the same one by differences. */
export interface Slope {
  analytic: number
  /** By central differences. */
  numeric: number
  /** Relative; at a kink, of how far analytic lies outside the slopes on both sides. */
  error: number
  /** The slopes to the left and to the right, where they differ however small the step: any value between them is then right. */
  kink?: readonly [left: number, right: number]
}

export interface SlopeOptions {
  /** The derivative is of Σ weight · f. */
  weights: ArrayLike<number>
  /** Errors are relative to this where both derivatives are smaller. */
  floor: number
  /** Stop at a step with an error of at most this. */
  enough: number
}

const steps = [1e-4, 1e-5, 1e-6, 1e-7]

/** A sum is known to as many digits as its largest part; one that cancels to less than this share of its parts is compared with them. */
const share = 1e-2

/**
 * Compare a derivative with central differences of f in double precision. The step shrinks as long as they disagree: a kink near x,
 * such as a relu that the step turns on, is then left behind, while a wrong derivative disagrees with all of them.
 * @param f its values at a point
 * @param x where the derivative is taken
 */
export function compareSlope(
  f: (at: number) => ArrayLike<number>,
  x: number,
  analytic: number,
  { weights, floor, enough }: SlopeOptions,
): Slope {
  const unit = Math.max(1, Math.abs(x))
  const between = (low: number, high: number): { slope: number; parts: number } => {
    const [below, above] = [f(low), f(high)]
    let [slope, parts] = [0, 0]
    for (let i = 0; i < weights.length; i++) {
      const part = (weights[i]! * (above[i]! - below[i]!)) / (high - low)
      slope += part
      parts += Math.abs(part)
    }
    return { slope, parts: Math.max(floor, share * parts) }
  }
  let best: Slope = { analytic, numeric: Number.NaN, error: Infinity }
  for (const step of steps) {
    const { slope, parts } = between(x - step * unit, x + step * unit)
    const error = relativeError(analytic, slope, parts)
    if (error < best.error || Number.isNaN(best.numeric)) best = { analytic, numeric: slope, error }
    if (error <= enough) return best
  }
  const step = steps.at(-1)! * unit
  const [left, right] = [between(x - step, x), between(x, x + step)]
  const parts = Math.max(left.parts, right.parts)
  const apart = relativeError(left.slope, right.slope, parts)
  if (!(apart > 1e-3) || apart === Infinity) return best
  const sides = [left.slope, right.slope] as const
  const nearest = Math.min(Math.max(analytic, Math.min(...sides)), Math.max(...sides))
  return { ...best, error: relativeError(analytic, nearest, parts), kink: sides }
}

/** |a − n| / max(floor, |a|, |n|); ∞ where one of them is not finite. */
export function relativeError(a: number, n: number, floor = 1): number {
  const error = Math.abs(a - n) / Math.max(floor, Math.abs(a), Math.abs(n))
  return Number.isFinite(error) ? error : Infinity
}
