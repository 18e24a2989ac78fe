// Lesson 6, the Ghost module: `node examples/learn/06-ghost-module.mjs`. The text is docs/learn/06-ghost-module.md.
import { Generator, ReferenceBackend, randn, setBackend } from 'ghostgrad'
import { explain } from 'ghostgrad/explain'
import * as F from 'ghostgrad/functional'
import { Conv2d, GhostModule, summarize } from 'ghostgrad/nn'

setBackend(new ReferenceBackend('float64'))
const generator = new Generator(0)
const random = (...shape) => randn(shape, { generator, requiresGrad: true })

const same = (a, b) => a.values.every((v, i) => Math.abs(v - b.values[i]) < 1e-12)

const channel = (x, c) => F.slice(x, [null, [c, c + 1]])
const x = random(1, 3, 5, 5)
const w = random(3, 1, 3, 3)
const together = F.conv2d(x, w, { padding: 1, groups: 3 })
const oneByOne = F.concat(
  [0, 1, 2].map((c) => F.conv2d(channel(x, c), F.slice(w, [[c, c + 1]]), { padding: 1 })),
  1,
)
console.log(`groups 3 is three convolutions: ${same(together, oneByOne)}`)

const dy = random(1, 3, 5, 5).detach()
const gradients = (y) => {
  x.zeroGrad()
  w.zeroGrad()
  y.backward(dy)
  return [x.grad, w.grad]
}
const [dx, dw] = gradients(together)
const [dx2, dw2] = gradients(oneByOne)
console.log(`and so are dx and dw: ${same(dx, dx2) && same(dw, dw2)}`)

const macs = (layer) => summarize(layer, [64, 16, 16]).macs
const dense = new Conv2d(64, 64, 3, { padding: 1, bias: false, generator })
const depthwise = new Conv2d(64, 64, 3, { padding: 1, groups: 64, bias: false, generator })
console.log(
  `dense ${macs(dense)} multiply-adds, depthwise ${macs(depthwise)}: ${macs(dense) / macs(depthwise)} times fewer`,
)

/** 3 channels to 8: 4 intrinsic maps by an ordinary convolution, 4 ghosts of them by depthwise filters. */
const ghost = (x, primary, cheap) => {
  const norm = (y, { weight, bias }) => F.batchNorm(y, { weight, bias, training: true, relu: true })
  const intrinsic = norm(F.conv2d(x, primary.weight, { padding: 1 }), primary.norm)
  const ghosts = norm(F.conv2d(intrinsic, cheap.weight, { padding: 1, groups: 4 }), cheap.norm)
  return F.concat([intrinsic, ghosts], 1)
}

const module = new GhostModule(3, 8, { kernel: 3, generator })
const [primary, cheap] = [module.primaryConv, module.cheapOperation].map(({ 0: conv, 1: norm }) => ({
  weight: conv.weight,
  norm,
}))
const images = random(2, 3, 6, 6)
const maps = ghost(images, primary, cheap)
console.log(`(${images.shape}) → (${maps.shape}), as GhostModule: ${same(maps, module.call(images))}`)

const { nodes } = explain(() => module.call(images).sum(), { model: module, names: { images } })
for (const { op, inputs, rule } of nodes) {
  console.log(`${op}(${inputs.map(({ name }) => name).join(', ')})\n    ${rule}`)
}

const cost = (layer) => summarize(layer, [32, 16, 16]).macs
const ordinary = cost(new Conv2d(32, 60, 3, { padding: 1, bias: false, generator }))
for (const ratio of [2, 3, 4, 5]) {
  const layer = new GhostModule(32, 60, { kernel: 3, ratio, generator })
  const [m, c, k, d] = [60 / ratio, 32, 3, 3]
  const formula = (60 * c * k * k) / (m * c * k * k + (ratio - 1) * m * d * d)
  console.log(
    `s ${ratio}: ${(ordinary / cost(layer)).toFixed(3)} times fewer multiply-adds, formula ${formula.toFixed(3)}`,
  )
}
