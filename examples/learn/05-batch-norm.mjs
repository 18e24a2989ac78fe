// Lesson 5, batch norm: `node examples/learn/05-batch-norm.mjs`. The text is docs/learn/05-batch-norm.md.
import { assertGradcheck, Generator, ReferenceBackend, randn, setBackend, tensor } from 'ghostgrad'
import { explain } from 'ghostgrad/explain'
import * as F from 'ghostgrad/functional'
import { BatchNorm2d } from 'ghostgrad/nn'

setBackend(new ReferenceBackend('float64'))
const generator = new Generator(0)
const random = (...shape) => randn(shape, { generator, requiresGrad: true })
const eps = 1e-5
const digits = (x, n = 3) => `[${Array.from(x.values, (v) => v.toFixed(n)).join(', ')}]`
const sum = (values) => values.reduce((total, v) => total + v, 0)

const channel = tensor([2, 4, 4, 6, 9, 11], [6, 1], { requiresGrad: true })
const normal = F.batchNorm(channel, { training: true })
console.log(`x̂ ${digits(normal)}`)
const [first, second] = [normal.mean().item(), normal.square().mean().item()]
console.log(`mean ${first.toFixed(3)}, mean square ${second.toFixed(3)}`)

/** The same from smaller operations, as a chain. */
const chain = (x) => {
  const c = x.sub(x.mean(0, true))
  const v = c.square().mean(0, true)
  const r = v.add(eps).pow(-0.5)
  return c.mul(r)
}

/** dx = r · (g − mean(g) − x̂ · mean(g · x̂)), for one channel. */
const byFormula = (x, g) => {
  const m = x.length
  const mean = sum(x) / m
  const r = 1 / Math.sqrt(sum(x.map((v) => (v - mean) ** 2)) / m + eps)
  const xHat = x.map((v) => (v - mean) * r)
  const meanG = sum(g) / m
  const meanGX = sum(g.map((v, i) => v * xHat[i])) / m
  return g.map((v, i) => r * (v - meanG - xHat[i] * meanGX))
}

const g = tensor([1, 0, -2, 0, 3, 1], [6, 1])
normal.backward(g)
console.log(`dx of the library ${digits(channel.grad)}`)
channel.zeroGrad()
chain(channel).backward(g)
console.log(`dx of the chain   ${digits(channel.grad)}`)
const dx = byFormula([...channel.values], [...g.values])
console.log(`dx by the formula ${digits({ values: dx })}`)

const [x, weight, bias] = [random(3, 2, 2, 2), random(2), random(2)]
const normalize = (x, weight, bias) => F.batchNorm(x, { training: true, weight, bias })
const { worst } = assertGradcheck(normalize, [x, weight, bias], { step: 1e-5 })
console.log(`x, weight and bias of two channels: right to 1e-8, ${worst < 1e-8}`)

console.log(`Σ dx       is 0 to 1e-12: ${Math.abs(sum(dx)) < 1e-12}`)
console.log(`Σ dx · x̂   is 0 to 1e-5: ${Math.abs(sum(dx.map((v, i) => v * normal.values[i]))) < 1e-5}`)
const scaled = tensor(
  [...channel.values].map((v) => 10 * v + 3),
  [6, 1],
  { requiresGrad: true },
)
const again = F.batchNorm(scaled, { training: true })
again.backward(g)
console.log(`x̂ of 10 x + 3 ${digits(again)}`)
console.log(`its dx        ${digits(scaled.grad, 4)}`)

const operations = (y) => explain(y.square().sum()).nodes.slice(0, -2)
console.log(`chain: ${operations(chain(channel)).map(({ op }) => op)}`)
console.log(`library: ${operations(F.batchNorm(channel, { training: true })).map(({ op }) => op)}`)

const layer = new BatchNorm2d(1)
for (let batch = 0; batch < 100; batch++) layer.call(randn([64, 1, 2, 2], { generator }).mul(3).add(5))
const [mean, variance] = [layer.runningMean.values[0], layer.runningVar.values[0]]
console.log(`after 100 batches with mean 5 and variance 9: ${mean.toFixed(1)} and ${variance.toFixed(1)}`)
layer.eval()
const y = layer.call(tensor([[[[11]]]]))
console.log(`evaluated at 11: ${y.item().toFixed(1)}`)
