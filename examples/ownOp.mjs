// An operation of one's own: its two rules, and the check of the one by the other.
import { assertGradcheck, defineOp, ReferenceBackend, setBackend, tensor } from 'ghostgrad'

setBackend(new ReferenceBackend('float64')) // finite differences want double precision

const softplus = defineOp({
  name: 'softplus',
  rule: 'dx = dy · sigmoid(x)',
  forward: ([x], _, { backend }) => ({
    out: backend.unary('log', backend.affine(backend.unary('exp', x), 1, 1)),
    saved: x,
  }),
  backward: (dy, x, { backend }) => [backend.binary('mul', dy, backend.unary('sigmoid', x))],
})

const x = tensor([-2, -0.5, 0, 1, 3], { requiresGrad: true })
const { worst } = assertGradcheck((x) => softplus([x]), [x])
console.log(`worst error ${worst.toExponential(1)}`)
