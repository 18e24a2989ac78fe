// Lesson 10, quantity: `node examples/learn/10-quantity.mjs`. The text is docs/learn/10-quantity.md.
import { Generator, randn, setBackend, WasmBackend } from 'ghostgrad'
import { createModel } from 'ghostgrad/models'
import { Conv2d, GhostModule, summarize } from 'ghostgrad/nn'

setBackend(new WasmBackend({ threads: 1 }))

/** Weights and multiply-adds of a convolution of c channels to k, of r × r, in groups, that makes maps of h × w. */
const count = ({ c, k, r, h, w, groups = 1 }) => {
  const weights = (k * c * r * r) / groups
  return { weights, products: weights * h * w }
}
const shape = { c: 16, k: 32, r: 3, h: 16, w: 16 }
const layer = new Conv2d(16, 32, 3, { stride: 2, padding: 1, bias: false })
const { params, macs } = summarize(layer, [16, 32, 32])
console.log(`by the formula ${JSON.stringify(count(shape))}`)
console.log(`by the library ${JSON.stringify({ weights: params, products: macs })}`)

for (const [name, options] of [
  ['resnet56', {}],
  ['ghost-resnet56', { s: 2, d: 3 }],
]) {
  const { params, macs } = summarize(createModel(name, options), [3, 32, 32])
  console.log(`${name}: ${(params / 1e6).toFixed(3)} M weights, ${(macs / 1e6).toFixed(1)} M multiply-adds`)
}

/** Products for each number that is read or written, if each is touched once. */
const intensity = ({ c, k, r, h, w, groups = 1 }) => {
  const { weights, products } = count({ c, k, r, h, w, groups })
  return products / (c * h * w + weights + k * h * w)
}
const dense = { c: 64, k: 64, r: 3, h: 16, w: 16 }
console.log(`an ordinary one ${intensity(dense).toFixed(1)} products a number`)
console.log(`a depthwise one ${intensity({ ...dense, groups: 64 }).toFixed(1)}`)

/** Milliseconds of one call, in the shortest of some. */
const time = (run) => {
  run()
  const times = Array.from({ length: 20 }, () => {
    const start = performance.now()
    run()
    return performance.now() - start
  })
  return Math.min(...times)
}
const generator = new Generator(0)
const images = randn([16, 64, 16, 16], { generator })
const options = { padding: 1, bias: false, generator }
const measure = (layer) => ({ macs: 16 * summarize(layer, [64, 16, 16]).macs, ms: time(() => layer.call(images)) })

const layers = {
  'an ordinary convolution': new Conv2d(64, 64, 3, options),
  'a depthwise one': new Conv2d(64, 64, 3, { ...options, groups: 64 }),
  'a Ghost module, s 2': new GhostModule(64, 64, { kernel: 3, generator }).eval(),
}
for (const [name, layer] of Object.entries(layers)) {
  const { macs, ms } = measure(layer)
  console.log(
    `${name}: ${(macs / 1e6).toFixed(1)} M products in ${ms.toFixed(2)} ms, ${(macs / ms / 1e6).toFixed(1)} billion a second`,
  )
}
