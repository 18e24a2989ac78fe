import { ReferenceBackend, setBackend, tensor } from 'ghostgrad'
import { equal } from '../expect.mjs'

const aligned = 'Shapes are aligned at the last axis: axis i of `to` is axis i − (to.length − from.length) of `from`.'
const index =
  'Walk over all numbers of dy. The place of each in `to` gives its place in `from`: an axis of size 1 there has index 0.'

const cases = [
  { what: 'nothing was repeated', from: [2, 3], to: [2, 3], hint: index },
  { what: 'an axis that was missing', from: [3], to: [2, 3], hint: aligned },
  { what: 'an axis of size 1', from: [2, 1], to: [2, 3], hint: index },
  { what: 'one of each', from: [3, 1], to: [2, 3, 4], hint: aligned },
  { what: 'an axis in the middle', from: [2, 1, 4], to: [2, 3, 4], hint: index },
  {
    what: 'a single number',
    from: [],
    to: [2, 3],
    hint: 'No axes are left: the result is a list of one number, the sum of all.',
  },
]

const sizeOf = (shape) => shape.reduce((product, n) => product * n, 1)

export default ({ sumToShape }) => [
  {
    name: 'the example',
    hint: index,
    run: () => equal(sumToShape([1, 2, 3, 4], [2, 1], [2, 2]), [3, 7]),
  },
  ...cases.map(({ what, from, to, hint }) => ({
    name: `${what}: (${from}) to (${to}), as ghostgrad sums it`,
    hint,
    run() {
      setBackend(new ReferenceBackend('float64'))
      const dy = Array.from({ length: sizeOf(to) }, (_, i) => (i + 1) ** 2)
      const x = tensor(new Array(sizeOf(from)).fill(1), from, { requiresGrad: true })
      x.expand(to).mul(1).backward(tensor(dy, to))
      equal(Array.from(sumToShape(dy, from, to)), Array.from(x.grad.values))
    },
  })),
]
