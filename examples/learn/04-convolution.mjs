// Lesson 4, convolution: `node examples/learn/04-convolution.mjs`. The text is docs/learn/04-convolution.md.
import { assertGradcheck, Generator, ReferenceBackend, randn, setBackend, tensor } from 'ghostgrad'
import * as F from 'ghostgrad/functional'

setBackend(new ReferenceBackend('float64'))
const show = (x) => JSON.stringify(x.toArray().flat(3))

const row = tensor([[[[0, 0, 0, 5, 5, 5, 0, 0]]]])
const edge = tensor([[[[-1, 0, 1]]]])
console.log(`row   ${show(row)}`)
console.log(`edges ${show(F.conv2d(row, edge, { padding: [0, 1] }))}`)

/** Visit every multiplication of a convolution, without padding, with stride 1: (C, H, W) by (K, C, R, S) to (K, P, Q). */
const forEachProduct = ([C, H, W], [K, , R, S], visit) => {
  const [P, Q] = [H - R + 1, W - S + 1]
  for (let k = 0; k < K; k++) {
    for (let p = 0; p < P; p++) {
      for (let q = 0; q < Q; q++) {
        for (let c = 0; c < C; c++) {
          for (let r = 0; r < R; r++) {
            for (let s = 0; s < S; s++) {
              visit((c * H + p + r) * W + q + s, ((k * C + c) * R + r) * S + s, (k * P + p) * Q + q)
            }
          }
        }
      }
    }
  }
}

const generator = new Generator(0)
const random = (...shape) => randn(shape, { generator, requiresGrad: true })
const x = random(1, 2, 5, 6)
const w = random(3, 2, 3, 3)
const dy = random(1, 3, 3, 4).detach()
const y = F.conv2d(x, w)
y.backward(dy)

/** The largest difference between two lists of numbers, as far as it matters. */
const apart = (a, b) => {
  const worst = a.values.reduce((max, v, i) => Math.max(max, Math.abs(v - b[i])), 0)
  return worst < 1e-12 ? 'the same' : `apart by ${worst}`
}

const byHand = { y: new Float64Array(y.size), dx: new Float64Array(x.size), dw: new Float64Array(w.size) }
const [X, W, DY] = [x.values, w.values, dy.values]
let products = 0
forEachProduct([2, 5, 6], w.shape, (i, j, o) => {
  byHand.y[o] += X[i] * W[j]
  byHand.dx[i] += DY[o] * W[j]
  byHand.dw[j] += DY[o] * X[i]
  products++
})
console.log(`${products} products of each kind`)
console.log(`y  ${apart(y, byHand.y)}`)
console.log(`dx ${apart(x.grad, byHand.dx)}`)
console.log(`dw ${apart(w.grad, byHand.dw)}`)

/** (K, C, R, S) → (C, K, R, S): channels in each other's place, and every kernel turned by half a turn. */
const turned = (w) => {
  const kernels = w.toArray()
  const turn = (plane) => plane.toReversed().map((row) => row.toReversed())
  return tensor(kernels[0].map((_, c) => kernels.map((channels) => turn(channels[c]))))
}

console.log(`dx as a convolution ${apart(x.grad, F.conv2d(dy, turned(w), { padding: 2 }).values)}`)

const planes = x.reshape([2, 1, 5, 6])
const kernels = dy.reshape([3, 1, 3, 4])
console.log(`dw as a convolution ${apart(w.grad, F.conv2d(planes, kernels).transpose(0, 1).values)}`)

for (const options of [{ padding: 1 }, { stride: 2, padding: 1 }, { dilation: 2, padding: 2 }]) {
  const { worst } = assertGradcheck((x, w) => F.conv2d(x, w, options), [x, w])
  console.log(`${JSON.stringify(options)}: right to 1e-8, ${worst < 1e-8}`)
}
