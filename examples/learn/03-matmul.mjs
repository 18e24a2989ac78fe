// Lesson 3, matrix products: `node examples/learn/03-matmul.mjs`. The text is docs/learn/03-matmul.md.
import { assertGradcheck, Generator, gradcheck, ReferenceBackend, randn, setBackend, tensor } from 'ghostgrad'
import { explain } from 'ghostgrad/explain'
import * as F from 'ghostgrad/functional'
import { SGD } from 'ghostgrad/optim'

setBackend(new ReferenceBackend('float64'))
const show = (x) => JSON.stringify(x.toArray())

const [M, K, N] = [2, 3, 2]

/** Visit every multiplication of (M, K) · (K, N): where in a, in b and in y. */
const forEachProduct = (visit) => {
  for (let m = 0; m < M; m++) {
    for (let n = 0; n < N; n++) {
      for (let k = 0; k < K; k++) visit(m * K + k, k * N + n, m * N + n)
    }
  }
}

const a = [1, 2, 3, 4, 5, 6]
const b = [1, 0, 2, 1, 0, 3]
const dy = [1, 2, 0, 1]
const [y, da, db] = [new Array(M * N).fill(0), new Array(M * K).fill(0), new Array(K * N).fill(0)]
forEachProduct((i, j, o) => {
  y[o] += a[i] * b[j]
})
forEachProduct((i, j, o) => {
  da[i] += dy[o] * b[j]
})
forEachProduct((i, j, o) => {
  db[j] += dy[o] * a[i]
})
console.log(`y  ${y}`)
console.log(`da ${da}`)
console.log(`db ${db}`)

const A = tensor(a, [M, K], { requiresGrad: true })
const B = tensor(b, [K, N], { requiresGrad: true })
const DY = tensor(dy, [M, N])
A.matmul(B).backward(DY)
console.log(`dy · bᵀ ${show(DY.matmul(B.transpose(0, 1)))}, a.grad ${show(A.grad)}`)
console.log(`aᵀ · dy ${show(A.transpose(0, 1).matmul(DY))}, b.grad ${show(B.grad)}`)

const generator = new Generator(0)
const random = (...shape) => randn(shape, { generator, requiresGrad: true })
const layer = { x: random(4, 3), weight: random(2, 3), bias: random(2) }
const outputs = F.linear(layer.x, layer.weight, layer.bias)
for (const { op, inputs, rule } of explain(outputs.square().mean(), { names: layer }).nodes) {
  console.log(`${op}(${inputs.map(({ name, shape }) => `${name} (${shape})`).join(', ')}): ${rule}`)
}
const { worst } = assertGradcheck(F.linear, [layer.x, layer.weight, layer.bias])
console.log(`the worst of ${4 * 3 + 2 * 3 + 2} derivatives is off by less than 1e-8: ${worst < 1e-8}`)

const away = tensor([-0.5, 0.5], { requiresGrad: true })
const on = tensor([0], { requiresGrad: true })
console.log(`relu away from 0: right to 1e-8, ${gradcheck(F.relu, [away]).worst < 1e-8}`)
const { analytic, numeric } = gradcheck(F.relu, [on])
console.log(`relu at 0: ${analytic} by its rule, ${numeric} by differences`)

const points = Array.from({ length: 80 }, () => [generator.normal(), generator.normal()])
const labels = points.map(([x, y]) => (x * x + y * y < 1 ? 1 : 0)) // inside a circle, or outside
const network = { w1: random(8, 2), b1: random(8), w2: random(2, 8), b2: random(2) }
const scores = ({ w1, b1, w2, b2 }) => F.linear(F.relu(F.linear(tensor(points), w1, b1)), w2, b2)

const optimizer = new SGD(Object.entries(network), { lr: 0.2 })
for (let step = 0; step <= 400; step++) {
  const loss = F.crossEntropy(scores(network), labels)
  loss.backward()
  optimizer.step()
  optimizer.zeroGrad()
  if (step % 100 === 0) console.log(`step ${step}: loss ${loss.item().toFixed(3)}`)
}
const answers = scores(network).toArray()
const right = answers.filter(([out, inside], i) => Number(inside > out) === labels[i]).length
console.log(`${right} of ${points.length} points are on the right side`)
