// Lesson 2, broadcasting: `node examples/learn/02-broadcasting.mjs`. The text is docs/learn/02-broadcasting.md.
import { assertGradcheck, Generator, ReferenceBackend, randn, setBackend, tensor } from 'ghostgrad'

setBackend(new ReferenceBackend('float64'))
const show = (x) => JSON.stringify(x.toArray())

const x = tensor([
  [1, 2, 3],
  [4, 5, 6],
])
const b = tensor([10, 20, 30], { requiresGrad: true })
const y = x.add(b)
console.log(`y ${show(y)}`)

const dy = tensor([
  [1, 0, 2],
  [3, 5, 0],
])
y.backward(dy)
console.log(`db ${show(b.grad)}`)

const dot = (a, b) => a.mul(b).sum().item()
const copied = b.expand([2, 3])
const summed = dy.sum(0)
console.log(`⟨copy b, dy⟩ ${dot(copied, dy)}, ⟨b, sum dy⟩ ${dot(b, summed)}`)

const generator = new Generator(0)
const random = (...shape) => randn(shape, { generator, requiresGrad: true })
for (const [a, b] of [
  [random(2, 3), random(3)],
  [random(2, 1, 4), random(3, 1)],
  [random(), random(2, 2)],
]) {
  const product = a.mul(b)
  product.backward(product.detach())
  console.log(`(${a.shape}) · (${b.shape}) is (${product.shape}); da (${a.grad.shape}), db (${b.grad.shape})`)
  assertGradcheck((a, b) => a.mul(b), [a, b], { tolerance: 1e-8 })
}

const data = random(4)
const centred = data.sub(data.mean())
const g = tensor([1, 2, 3, 6])
centred.backward(g)
console.log(`dx ${show(data.grad)}, by the formula ${show(g.sub(g.mean()))}`)
