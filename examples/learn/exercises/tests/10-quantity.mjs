import { Generator, ReferenceBackend, setBackend } from 'ghostgrad'
import { Conv2d, summarize } from 'ghostgrad/nn'
import { equal } from '../expect.mjs'

const plain = { c: 3, k: 8, r: 3, height: 12, width: 10, stride: 1, padding: 1, dilation: 1, groups: 1, bias: false }

const cases = [
  { what: 'a plain one', options: plain, hint: 'K · C · R · R weights, each used once at each place of the result.' },
  { what: 'with a bias', options: { ...plain, bias: true }, hint: 'A bias is k weights, and no multiply-adds.' },
  {
    what: 'stride 2',
    options: { ...plain, stride: 2 },
    hint: 'A length n becomes ⌊(n + 2 · padding − dilation · (r − 1) − 1) / stride⌋ + 1.',
  },
  {
    what: 'dilation 2 without padding',
    options: { ...plain, dilation: 2, padding: 0 },
    hint: 'A kernel with holes covers dilation · (r − 1) + 1 pixels.',
  },
  {
    what: 'depthwise',
    options: { ...plain, c: 8, groups: 8 },
    hint: 'In groups, an output channel sees c / groups input channels.',
  },
]

export default ({ cost }) =>
  cases.map(({ what, options, hint }) => ({
    name: `${what}: as the library counts`,
    hint,
    run() {
      setBackend(new ReferenceBackend('float64'))
      const { c, k, r, height, width, ...rest } = options
      const layer = new Conv2d(c, k, r, { ...rest, generator: new Generator(0) })
      const { params, macs, layers } = summarize(layer, [c, height, width])
      const [, ...size] = layers[0].outputShape
      const moved = c * height * width + params + k * size[0] * size[1]
      const { size: yours, weights, products, moved: moves } = cost(options)
      equal({ size: [...yours], weights, products, moved: moves }, { size, weights: params, products: macs, moved })
    },
  }))
