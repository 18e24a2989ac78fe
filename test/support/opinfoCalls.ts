/** How PyTorch's sample calls of operations are made here, by PyTorch's name: a line each. */
import * as F from '../../src/autograd/functional.js'
import { tensor } from '../../src/tensor/create.js'
import { Tensor } from '../../src/tensor/tensor.js'

/** Whole numbers, as PyTorch's integer tensors. */
export interface Whole {
  values: number[]
  shape: number[]
}

// biome-ignore lint/suspicious/noExplicitAny: each operation has its own arguments
type Args = any[]
// biome-ignore lint/suspicious/noExplicitAny: each operation has its own options
type Options = Record<string, any>
export type Call = (args: Args, options: Options) => Tensor | Tensor[]

/** A sample of what is left out on purpose; docs/library.md says why. */
export class LeftOut extends Error {}

function leftOut(what: string): never {
  throw new LeftOut(what)
}

const unary =
  (f: (x: Tensor) => Tensor): Call =>
  ([x]) =>
    f(x)

const binary =
  (f: (a: Tensor, b: Tensor | number) => Tensor): Call =>
  ([a, second], { alpha }) => {
    const b = operand(second)
    return f(operand(a) as Tensor, alpha === undefined ? b : typeof b === 'number' ? alpha * b : F.mul(b, alpha))
  }

/** PyTorch takes tensors of whole numbers for floats. */
function operand(x: Tensor | Whole | number | { other: string }): Tensor | number {
  if (typeof x !== 'object' || x instanceof Tensor) return x
  if ('other' in x) return leftOut('complex numbers')
  return asTensor(x)
}

/** Classes, or a tensor of probabilities. */
const labels = (target: Tensor | Whole): Tensor | number[] =>
  'values' in target && !(target instanceof Tensor) ? target.values : (target as Tensor)

const bound = (x: Tensor | Whole | number | null | undefined): Tensor | number | null => (x == null ? null : operand(x))

/** PyTorch's `dim`: null and [] are all axes. */
const reduction =
  (f: (x: Tensor, axes?: number | number[], keepDims?: boolean) => Tensor): Call =>
  ([x, dim, keep], { dim: axes = dim, keepdim = keep ?? false }) =>
    f(x, axes ?? undefined, keepdim)

const variance =
  (f: typeof F.var): Call =>
  ([x, first, second], { dim, keepdim: keepDims = false, correction, unbiased }) => {
    // torch.var(x, unbiased) and torch.var(x, dim, unbiased)
    const [axes, corrected] = typeof first === 'boolean' ? [dim, first] : [dim ?? first, unbiased ?? second]
    const usual = corrected === undefined ? 1 : Number(corrected)
    return f(x, axes ?? undefined, { correction: correction ?? usual, keepDims })
  }

/** PyTorch takes a list of one number for both directions. */
const pair = (size: number | number[] | undefined) => (Array.isArray(size) && size.length === 1 ? size[0] : size)

/** Given, and not an empty list. */
const given = (value: unknown): boolean =>
  value !== undefined && value !== null && !(Array.isArray(value) && !value.length)

function window(options: Options): Options {
  return Object.fromEntries(Object.entries(options).flatMap(([name, v]) => (given(v) ? [[name, pair(v)]] : [])))
}

/** Pairs for all axes, of which PyTorch names the last ones, the last first. */
const pairs = (rank: number, flat: number[]): [number, number][] =>
  Array.from({ length: rank }, (_, axis) => {
    const at = 2 * (rank - 1 - axis)
    return [flat[at] ?? 0, flat[at + 1] ?? 0]
  })

export const opinfoCalls: Record<string, Call> = {
  abs: unary(F.abs),
  add: binary(F.add),
  amax: reduction(F.max),
  bmm: ([a, b]) => F.matmul(a, b),
  cat: ([xs], { dim = 0 }) => F.concat(xs, dim),
  clamp: ([x, low, high], { min = low, max = high }) => F.clamp(x, bound(min), bound(max)),
  clamp_max: ([x, high]) => F.clamp(x, null, bound(high)),
  clamp_min: ([x, low]) => F.clamp(x, bound(low)),
  div: binary(F.div),
  exp: unary(F.exp),
  expand: ([x, shape]) => F.expand(x, shape),
  flatten: ([x, start, end], { start_dim = start ?? 0, end_dim = end ?? -1 }) => F.flatten(x, start_dim, end_dim),
  gather: ([x, axis, index]) => F.gather(x, axis, asTensor(index)),
  index_select: ([x, axis, index]) => F.indexSelect(x, axis, index.values),
  log: unary(F.log),
  log_softmax: ([x, axis], { dim = axis }) => F.logSoftmax(x, dim),
  logsumexp: reduction(F.logSumExp),
  matmul: ([a, b]) => F.matmul(a, b),
  maximum: binary(F.maximum),
  mean: reduction(F.mean),
  minimum: binary(F.minimum),
  mul: binary(F.mul),
  neg: unary(F.neg),
  permute: ([x, axes]) => F.permute(x, axes),
  pow: binary(F.pow),
  reshape: ([x, shape]) => F.reshape(x, shape),
  sigmoid: unary(F.sigmoid),
  softmax: ([x, axis], { dim = axis }) => F.softmax(x, dim),
  split: ([x, sizes, axis = 0], { dim = axis }) => F.split(x, sizes, dim),
  split_with_sizes: ([x, sizes, axis = 0], { dim = axis }) => F.split(x, sizes, dim),
  sqrt: unary(F.sqrt),
  square: unary(F.square),
  squeeze: ([x, axes], { dim = axes }) => F.squeeze(x, dim),
  stack: ([xs, axis = 0], { dim = axis }) => F.stack(xs, dim),
  std: variance(F.std),
  sub: binary(F.sub),
  sum: reduction(F.sum),
  tanh: unary(F.tanh),
  transpose: ([x, a, b]) => F.transpose(x, a, b),
  unsqueeze: ([x, axis]) => F.unsqueeze(x, axis),
  var: variance(F.var),
  where: ([a, condition, b]) => F.where(condition, a, b),
  adaptive_avg_pool2d: ([x, size]) => F.adaptiveAvgPool2d(x, pair(size) as number),
  avg_pool2d: ([x, kernel, s, p, ceil, count, by], o) => {
    const { stride = s, padding = p, ceil_mode = ceil, count_include_pad = count, divisor_override = by } = o
    const more = { ceilMode: ceil_mode, countIncludePad: count_include_pad, divisorOverride: divisor_override }
    return F.avgPool2d(x, pair(o.kernel_size ?? kernel) as number, window({ stride, padding, ...more }))
  },
  batch_norm: ([x, mean, variance, w, b], { weight = w, bias = b, training = false, momentum, eps }) =>
    x.rank < 2
      ? leftOut('no axis of channels')
      : F.batchNorm(x, { runningMean: mean, runningVar: variance, weight, bias, training, momentum, eps }),
  conv2d: ([x, weight, b, s, p, d, g], { bias = b ?? null, stride = s, padding = p, dilation = d, groups = g }) =>
    F.conv2d(x, weight, { bias, ...window({ stride, padding, dilation, groups }) }),
  binary_cross_entropy_with_logits: ([x, target], { weight, pos_weight: posWeight, reduction }) =>
    F.binaryCrossEntropyWithLogits(x, target, { weight, posWeight, reduction }),
  conv_transpose2d: ([x, weight, bias], { stride, padding, output_padding: outputPadding, dilation, groups }) =>
    F.convTranspose2d(x, weight, { bias, ...window({ stride, padding, outputPadding, dilation, groups }) }),
  cross_entropy: ([x, target], { weight, reduction, ignore_index: ignoreIndex, label_smoothing: labelSmoothing }) =>
    F.crossEntropy(x, labels(target), { weight, reduction, ...window({ ignoreIndex, labelSmoothing }) }),
  elu: ([x], { alpha }) => F.elu(x, { alpha }),
  gelu: ([x], { approximate }) => F.gelu(x, { approximate }),
  group_norm: ([x, groups], { weight, bias, eps }) => F.groupNorm(x, groups, { weight, bias, eps }),
  hardsigmoid: unary(F.hardSigmoid),
  hardswish: unary(F.hardSwish),
  interpolate: ([x, s, f], { size = s, scale_factor = f, mode, align_corners, recompute_scale_factor }) => {
    if (x.rank !== 4) leftOut('signals and volumes')
    const alignCorners = align_corners ?? undefined
    if (!given(scale_factor)) return F.interpolate(x, { size: pair(size) as number, mode, alignCorners })
    if (!recompute_scale_factor)
      return F.interpolate(x, { scaleFactor: pair(scale_factor) as number, mode, alignCorners })
    const factors = [scale_factor, scale_factor].flat()
    const scaled = x.shape.slice(2).map((n: number, d: number) => Math.floor(n * factors[d]))
    return F.interpolate(x, { size: scaled, mode, alignCorners })
  },
  kl_div: ([x, target], { reduction, log_target: logTarget }) => F.klDiv(x, target, { reduction, logTarget }),
  layer_norm: ([x, shape, weight, bias], { eps }) => F.layerNorm(x, shape, { weight, bias, eps }),
  leaky_relu: ([x, negativeSlope]) => F.leakyRelu(x, { negativeSlope }),
  linear: ([x, weight, bias]) => F.linear(x, weight, bias ?? null),
  max_pool2d: ([x, kernel], { kernel_size = kernel, stride, padding, dilation, ceil_mode: ceilMode }) =>
    F.maxPool2d(x, pair(kernel_size) as number, window({ stride, padding, dilation, ceilMode })),
  mse_loss: ([a, b], { reduction }) => F.mseLoss(a, b, { reduction }),
  nll_loss: ([x, target], { weight, reduction, ignore_index: ignoreIndex }) =>
    F.nllLoss(x, labels(target), { weight, reduction, ...window({ ignoreIndex }) }),
  pad: ([x, flat, m = 'constant', v], { pad = flat, mode = m, value = v }) =>
    F.pad(x, pairs(x.rank, pad), mode === 'constant' ? (value ?? 0) : mode),
  relu: unary(F.relu),
  relu6: unary(F.relu6),
  scaled_dot_product_attention: ([q, k, v, mask], { attn_mask = mask, is_causal: isCausal, dropout_p, scale }) =>
    dropout_p > 0
      ? leftOut('numbers that are drawn')
      : F.scaledDotProductAttention(q, k, v, { mask: attn_mask, isCausal, scale }),
  silu: unary(F.silu),
  smooth_l1_loss: ([x, target], { beta, reduction }) => F.smoothL1Loss(x, target, { beta, reduction }),
  softplus: ([x], { beta, threshold }) => F.softplus(x, { beta, threshold }),
}

const asTensor = ({ values, shape }: Whole): Tensor => tensor(values, shape)
