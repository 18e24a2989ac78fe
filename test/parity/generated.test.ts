/** Operations on generated shapes, strides, paddings, dilations and groups, and on what is not finite, against PyTorch. */
import { expect, test } from 'vitest'
import { getBackend } from '../../src/tensor/backend.js'
import { tensor } from '../../src/tensor/create.js'
import { scope, type Tensor } from '../../src/tensor/tensor.js'
import '../../src/autograd/methods.js'
import { onEachBackend } from '../support/backends.js'
import { fixture, type OpCase } from '../support/fixtures.js'
import { hashTensor } from '../support/hashTensor.js'
import { runOp } from '../support/runOp.js'

interface GeneratedCase {
  op: string
  shapes: Record<string, number[]>
  options: OpCase['options']
  shape: number[]
  /** Norm, and product with hashTensor('probe'), of the output and of each gradient, computed in float64. */
  values: [norm: number, product: number][]
}

const cases = ['generated-conv', 'generated-blocks'].flatMap((name) => fixture<{ cases: GeneratedCase[] }>(name).cases)

const label = ({ op, shapes, options: { target: _, ...options } }: GeneratedCase): string =>
  `${op} ${Object.values(shapes)
    .map((shape) => shape.join('×'))
    .join(' ')} ${JSON.stringify(options)}`

/** Errors relative to the norm of the array: float32 sums, seven digits where it is float64, one less for Winograd's transforms. */
function tolerance({ op, shapes }: GeneratedCase): number {
  const { dtype, name } = getBackend()
  if (dtype === 'float64') return 1e-6
  return name === 'wasm' && op === 'conv2d' && shapes.weight!.slice(2).join() === '3,3' ? 1e-5 : 2e-6
}

function differences(stored: GeneratedCase): string[] {
  const { op, shapes, options, shape, values } = stored
  const inputs = Object.entries(shapes).map(([name, own]) =>
    tensor(hashTensor({ name, shape: own }), own, { requiresGrad: true }),
  )
  const buffers =
    op === 'batch_norm' ? [0, 1].map((v) => tensor(new Float32Array(shapes.weight![0]!).fill(v), shapes.weight!)) : []
  const all = op === 'batch_norm' ? { training: true, momentum: 0.1, eps: 1e-5, ...options } : options
  const y = runOp[op]!(inputs, all, buffers)
  if (y.shape.join() !== shape.join()) return [`shape: expected ${shape}, got ${y.shape}`]
  y.backward(tensor(hashTensor({ name: 'dout', shape }), shape))
  const names = ['output', ...Object.keys(shapes).map((name) => `gradient of ${name}`)]
  return [y, ...inputs.map((input) => input.grad!)].flatMap((got, i) => {
    const error = distance(got, values[i]!)
    return error < tolerance(stored) ? [] : [`${names[i]}: ${error} off, relative to its norm`]
  })
}

/** Both numbers' error, as a fraction of the norm (or of 1, where the array is nearly zero). */
function distance({ shape, data }: Tensor, [norm, product]: [number, number]): number {
  const probe = hashTensor({ name: 'probe', shape: [...shape] })
  const ownNorm = Math.sqrt(data.reduce((sum, v) => sum + v * v, 0))
  const ownProduct = data.reduce((sum, v, i) => sum + v * probe[i]!, 0)
  return Math.max(Math.abs(ownNorm - norm), Math.abs(ownProduct - product)) / Math.max(norm, 1)
}

interface NonFiniteCase {
  op: string
  inputs: { values: string[]; shape: number[] }[]
  output: string[]
}

const nonFinite = fixture<{ cases: NonFiniteCase[] }>('nonfinite').cases

const options: Record<string, OpCase['options']> = {
  max: { axes: [1] },
  sum: { axes: [1] },
  softmax: { axis: 1 },
  max_pool2d: { kernel: 2, stride: 2, padding: 0 },
  avg_pool2d: { kernel: 2, stride: 2, padding: 0 },
}

onEachBackend(() => {
  test('generated shapes agree with PyTorch, forward and backward', () => {
    const wrong = cases.flatMap((stored) =>
      scope(() => differences(stored)).map((difference) => `${label(stored)}: ${difference}`),
    )
    expect(wrong).toEqual([])
    expect(cases.length).toBeGreaterThan(400)
  }, 300_000)

  test.each(nonFinite)('$op of NaN and infinities is what PyTorch says', ({ op, inputs, output }) => {
    const tensors = inputs.map(({ values, shape }) => tensor(Float32Array.from(values, Number), shape))
    const { data } = runOp[op]!(tensors, options[op] ?? {}, [])
    const expected = output.map(Number)
    const wrong = Array.from(data).flatMap((got, i) =>
      agree(got, expected[i]!) ? [] : [`${i}: expected ${output[i]}, got ${got}`],
    )
    expect(wrong).toEqual([])
  })
})

/** Equal up to float32's rounding; NaN is NaN. The sign of zero is not asked for. */
const agree = (got: number, expected: number): boolean =>
  got === expected ||
  (Number.isNaN(got) && Number.isNaN(expected)) ||
  Math.abs(got - expected) <= 1e-6 * Math.abs(expected)
