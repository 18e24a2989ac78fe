// Lesson 9, deep networks: `node examples/learn/09-deep.mjs`. The text is docs/learn/09-deep.md.
import { Generator, ReferenceBackend, randn, setBackend, tensor } from 'ghostgrad'
import { explain } from 'ghostgrad/explain'
import * as F from 'ghostgrad/functional'

setBackend(new ReferenceBackend('float64'))

const slopeAfter = (depth, w) => {
  const x = tensor(1, { requiresGrad: true })
  let y = x
  for (let layer = 0; layer < depth; layer++) y = y.mul(w)
  y.backward()
  return x.grad.item()
}
for (const w of [0.5, 1, 1.5]) console.log(`w ${w}: dx ${slopeAfter(30, w).toPrecision(3)}`)

const [rows, width, depth] = [64, 32, 30]
const he = Math.sqrt(2 / width)

/** The last numbers of a network of layers, and its weights; `block` says what a layer makes of x, whose weight is given. */
const network = (std, block) => {
  const generator = new Generator(0)
  const weights = Array.from({ length: depth }, () => randn([width, width], { generator, requiresGrad: true }))
  const x = randn([rows, width], { generator })
  return { weights, y: weights.reduce((x, weight) => block(x, weight.mul(std)), x) }
}
const spread = (y) => Math.sqrt(y.square().mean().item())

const plain = (x, weight) => F.relu(F.linear(x, weight))
for (const factor of [0.5, 1, 2]) {
  const { y } = network(factor * he, plain)
  console.log(`weights of ${factor} · √(2 / n): numbers of ${spread(y).toExponential(1)} after ${depth} layers`)
}

/** The size of the gradients that the first and the last layer's weights get. */
const gradients = (std, block) => {
  const { weights, y } = network(std, block)
  y.square().mean().backward()
  const [first, last] = [weights[0], weights.at(-1)].map(({ grad }) => spread(grad))
  return `first layer ${first.toExponential(1)}, last ${last.toExponential(1)}`
}
console.log(`half of √(2 / n): ${gradients(he / 2, plain)}`)
console.log(`√(2 / n):         ${gradients(he, plain)}`)

const normalized = (x, weight) => F.relu(F.batchNorm(F.linear(x, weight), { training: true }))
for (const factor of [0.5, 1, 2]) console.log(`${factor} · √(2 / n): ${gradients(factor * he, normalized)}`)

const small = tensor([[1, -2]], { requiresGrad: true })
const weight = tensor([
  [0.1, 0.2],
  [0.3, -0.1],
])
const y = small.add(F.relu(F.linear(small, weight)))
for (const { id, op, inputs, rule } of explain(y.sum(), { names: { x: small, weight } }).nodes) {
  console.log(`#${id} ${op}(${inputs.map(({ name }) => name).join(', ')})   ${rule}`)
}

const residual = (x, weight) => x.add(plain(x, weight).mul(1 / Math.sqrt(depth)))
console.log(`half of √(2 / n): ${gradients(he / 2, residual)}`)
console.log(`√(2 / n):         ${gradients(he, residual)}`)
