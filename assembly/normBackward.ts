/**
 * Gradient of batch normalization y = act((x − mean) · rstd · weight + bias [+ residual]) of x (C, P, Np). With g = dy where
 * the activation lets it through and n = N · P values in a channel:
 *   dbias = Σ g,   dweight = rstd · Σ g · (x − mean),   dResidual (+)= g
 *   dx = weight · rstd · (g − dbias / n − (x − mean) · rstd · dweight / n), with running statistics weight · rstd · g
 *
 * Channels are dealt out as in the forward pass: whole ones first, the rest in parts.
 */
import { claim, int, ptr, share } from './call'
import { clearRows } from './flat'
import { gradientRows, gradientSums, Mask, Residual, setCoefficients } from './normGradient'

/** Addresses that may be 0: y (then the activation is computed anew from x), dResidual, weight, bias, dweight, dbias. */
const enum Arg {
  dx,
  dy,
  x,
  y,
  dResidual,
  weight,
  bias,
  mean,
  rstd,
  dweight,
  dbias,
  /** the channels to work on: first … end */
  first,
  end,
  P,
  N,
  Np,
  /** whether the activation is relu */
  relu,
  /** whether dResidual is added to */
  accumulate,
  /** whether mean and rstd are those of the batch */
  training,
  /** pairs of doubles */
  partial,
}

@inline
function channelValue(arg: Arg, c: i32, otherwise: f32): f32 {
  return ptr(arg) != 0 ? load<f32>(ptr(arg) + (<usize>c << 2)) : otherwise
}

@inline
function maskKind(): Mask {
  return int(Arg.relu) == 0 ? Mask.none : ptr(Arg.y) != 0 ? Mask.fromY : Mask.fromX
}

/** Slope of the forward pass, computed as there to the last bit. */
@inline
function scaleOf(c: i32): f32 {
  return channelValue(Arg.weight, c, 1) * channelValue(Arg.rstd, c, 0)
}

/**
 * Whether the first pass leaves g in dResidual, so that the second finds it there and needs neither dy nor y. dResidual may
 * even be dy then.
 */
@inline
function keepsGradient(): bool {
  return ptr(Arg.dResidual) != 0 && int(Arg.accumulate) == 0 && maskKind() == Mask.fromY
}

/** Store the sums over `rows` rows of channel c from row `from` on. */
function reduce(sums: usize, c: i32, from: i32, rows: i32): void {
  const offset = <usize>((c * int(Arg.P) + from) * int(Arg.Np)) << 2
  const mean = channelValue(Arg.mean, c, 0)
  const n = rows * int(Arg.Np)
  const dy = ptr(Arg.dy) + offset
  const bias = channelValue(Arg.bias, c, 0)
  const kept = keepsGradient() ? ptr(Arg.dResidual) + offset : 0
  gradientSums(maskKind(), sums, dy, ptr(Arg.x) + offset, ptr(Arg.y) + offset, kept, n, mean, scaleOf(c), bias)
}

/** dx and dResidual for `rows` rows of channel c from row `from` on, given its sums. */
function propagate(c: i32, from: i32, rows: i32, sum: f64, product: f64): void {
  const P = int(Arg.P)
  const Np = int(Arg.Np)
  const scale = scaleOf(c)
  if (int(Arg.training) != 0) {
    const n = <f64>P * <f64>int(Arg.N)
    const rstd = <f64>channelValue(Arg.rstd, c, 0)
    setCoefficients(scale, <f32>(-scale * rstd * rstd * product / n), <f32>(-scale * sum / n))
  } else {
    setCoefficients(scale, 0, 0)
  }
  const offset = <usize>((c * P + from) * Np) << 2
  const dx = ptr(Arg.dx) + offset
  const x = ptr(Arg.x) + offset
  const dResidual = ptr(Arg.dResidual) + offset
  const n = rows * Np
  const mean = channelValue(Arg.mean, c, 0)
  if (keepsGradient()) {
    gradientRows(Mask.none, Residual.none, dx, dResidual, x, 0, 0, n, mean, 0, 0)
  } else {
    const residual =
      ptr(Arg.dResidual) == 0 ? Residual.none : int(Arg.accumulate) != 0 ? Residual.accumulate : Residual.write
    const y = ptr(Arg.y) + offset
    const bias = channelValue(Arg.bias, c, 0)
    gradientRows(maskKind(), residual, dx, ptr(Arg.dy) + offset, x, y, dResidual, n, mean, scale, bias)
  }
  if (int(Arg.N) < Np) clearRows(dx, rows, int(Arg.N), Np)
}

/** dweight and dbias of channel c from its sums. */
function saveParameters(c: i32, sum: f64, product: f64): void {
  const at = <usize>c << 2
  if (ptr(Arg.dbias) != 0) store<f32>(ptr(Arg.dbias) + at, <f32>sum)
  if (ptr(Arg.dweight) != 0) {
    store<f32>(ptr(Arg.dweight) + at, <f32>(product * <f64>channelValue(Arg.rstd, c, 0)))
  }
}

/** Whole channels. Arguments: `Arg`. */
export function bnBackward(thread: i32, threads: i32): void {
  const P = int(Arg.P)
  const first = int(Arg.first)
  const sums = ptr(Arg.partial) + (<usize>thread << 6)
  for (let c = first + claim(1); c < int(Arg.end); c = first + claim(1)) {
    reduce(sums, c, 0, P)
    const sum = load<f64>(sums)
    const product = load<f64>(sums, 8)
    saveParameters(c, sum, product)
    propagate(c, 0, P, sum, product)
  }
}

/** The sums of a part of each channel, one part for each thread: partial[c − first, part]. Arguments: `Arg`. */
export function bnPartialGradients(thread: i32, threads: i32): void {
  const P = int(Arg.P)
  const from = share(P, thread, threads)
  const rows = share(P, thread + 1, threads) - from
  for (let c = int(Arg.first); c < int(Arg.end); c++) {
    reduce(ptr(Arg.partial) + (<usize>((c - int(Arg.first)) * threads + thread) << 4), c, from, rows)
  }
}

/** The rest after `bnPartialGradients`: each thread its part of each channel. Arguments: `Arg`. */
export function bnFinishBackward(thread: i32, threads: i32): void {
  const P = int(Arg.P)
  const from = share(P, thread, threads)
  const rows = share(P, thread + 1, threads) - from
  for (let c = int(Arg.first); c < int(Arg.end); c++) {
    let sums = ptr(Arg.partial) + (<usize>((c - int(Arg.first)) * threads) << 4)
    let sum: f64 = 0
    let product: f64 = 0
    for (let i = 0; i < threads; i++, sums += 16) {
      sum += load<f64>(sums)
      product += load<f64>(sums, 8)
    }
    if (thread == 0) saveParameters(c, sum, product)
    propagate(c, from, rows, sum, product)
  }
}
