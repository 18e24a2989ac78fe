import { assertGradcheck, Generator, ReferenceBackend, randn, setBackend, tensor } from 'ghostgrad'
import { equal } from '../expect.mjs'

const random = (...shape) => randn(shape, { generator: new Generator(3), requiresGrad: true })
const hint =
  'x stands in the product twice, so two gradients add up. Of y = a · bᵀ they are da = dy · b and db = dyᵀ · a; here a and b are x.'

export default ({ gram }) => [
  {
    name: 'one row: the square of its length',
    hint,
    run() {
      setBackend(new ReferenceBackend('float64'))
      const x = tensor([[3, 4]], { requiresGrad: true })
      gram(x).sum().backward()
      equal(x.grad.toArray(), [[6, 8]])
    },
  },
  ...[
    [2, 3],
    [4, 2],
    [3, 3],
  ].map((shape) => ({
    name: `(${shape}): as differences say`,
    hint: `${hint} If the first check passes and this one does not, a transpose is missing.`,
    run() {
      setBackend(new ReferenceBackend('float64'))
      // Not the plain sum: its dy is symmetric, which would hide a forgotten transpose.
      const weights = random(shape[0], shape[0]).detach()
      assertGradcheck((x) => gram(x).mul(weights), [random(...shape)], { tolerance: 1e-8 })
    },
  })),
]
