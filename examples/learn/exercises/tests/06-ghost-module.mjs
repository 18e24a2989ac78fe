import { assertGradcheck, Generator, ReferenceBackend, randn, setBackend } from 'ghostgrad'
import * as F from 'ghostgrad/functional'
import { GhostModule, summarize } from 'ghostgrad/nn'
import { equal, near } from '../expect.mjs'

const random = (generator, ...shape) => randn(shape, { generator, requiresGrad: true })

/** The same maps, one at a time. */
function oneByOne(intrinsic, filters, n) {
  const [, m] = intrinsic.shape
  const [made, , d] = filters.shape
  const map = (i) => F.slice(intrinsic, [null, [i, i + 1]])
  const maps = Array.from({ length: m }, (_, i) => map(i))
  for (let j = 0; j < made; j++) {
    const original = map(Math.floor(j / (made / m)))
    maps.push(F.conv2d(original, F.slice(filters, [[j, j + 1]]), { padding: (d - 1) / 2 }))
  }
  return F.concat(maps.slice(0, n), 1)
}

const maps =
  'A conv2d with as many groups as intrinsic maps makes all ghosts at once; a padding of (d − 1) / 2 keeps the size.'
const cost =
  'Two parts, each times height · width: ⌈n / s⌉ · c · k² for the convolution, ⌈n / s⌉ · (s − 1) · d² for the filters.'

export default ({ ghostMaps, ghostCost }) => [
  ...[
    { m: 2, s: 2, d: 3, n: 4 },
    { m: 2, s: 3, d: 3, n: 5 },
    { m: 3, s: 2, d: 5, n: 6 },
    { m: 1, s: 2, d: 1, n: 2 },
  ].map(({ m, s, d, n }) => ({
    name: `maps: s ${s}, d ${d}, ${n} of ${m * s} maps`,
    hint: n < m * s ? `${maps} Put the maps together, and slice off what is more than n.` : maps,
    run() {
      setBackend(new ReferenceBackend('float64'))
      const generator = new Generator(6)
      const [intrinsic, filters] = [random(generator, 2, m, 4, 5), random(generator, m * (s - 1), 1, d, d)]
      const made = ghostMaps(intrinsic, filters, n)
      const expected = oneByOne(intrinsic, filters, n)
      equal([...made.shape], [2, n, 4, 5])
      for (const [i, v] of expected.values.entries()) near(made.values[i], v, 1e-12, `number ${i}`)
      assertGradcheck((x, w) => ghostMaps(x, w, n), [intrinsic, filters], { tolerance: 1e-8 })
    },
  })),
  ...[
    [16, 32, 1, 2, 3],
    [3, 9, 3, 3, 5],
    [4, 7, 3, 3, 3],
  ].map(([c, n, k, s, d]) => ({
    name: `cost: ${c} → ${n}, k ${k}, s ${s}, d ${d}`,
    hint: cost,
    run() {
      setBackend(new ReferenceBackend('float64'))
      const module = new GhostModule(c, n, { kernel: k, ratio: s, dwSize: d })
      equal(ghostCost({ c, n, k, s, d, height: 6, width: 5 }), summarize(module, [c, 6, 5]).macs)
    },
  })),
]
