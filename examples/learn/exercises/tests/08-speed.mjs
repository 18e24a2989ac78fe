import { Generator, ReferenceBackend, randn, setBackend } from 'ghostgrad'
import * as F from 'ghostgrad/functional'
import { equal, near } from '../expect.mjs'

const hint =
  'Change the tile by Bᵀ · d · B and the kernel by G · g · Gᵀ, multiply the two (6, 6) number by number with `multiply`, and come back by Aᵀ · m · A.'

export default ({ winograd }) => [
  ...[1, 2, 3].map((seed) => ({
    name: `random numbers, seed ${seed}: the convolution's results by 36 products`,
    hint,
    run() {
      setBackend(new ReferenceBackend('float64'))
      const generator = new Generator(seed)
      const [tile, kernel] = [randn([6, 6], { generator }), randn([3, 3], { generator })]
      let count = 0
      const multiply = (a, b) => {
        count++
        return a * b
      }
      const y = winograd(tile.toArray(), kernel.toArray(), multiply)
      const [expected] = F.conv2d(tile.reshape([1, 1, 6, 6]), kernel.reshape([1, 1, 3, 3])).toArray()[0]
      equal([y.length, y[0].length], [4, 4])
      for (const [p, row] of expected.entries()) {
        for (const [q, v] of row.entries()) near(y[p][q], v, 1e-10, `y[${p}, ${q}]`)
      }
      if (count !== 36) throw new Error(`expected 36 products, got ${count}`)
    },
  })),
  {
    name: 'the products are needed: none of them is left out when they all are 0',
    hint: `${hint} Every product of a number of the tile with one of the kernel is \`multiply\`'s.`,
    run() {
      const ones = (n) => Array.from({ length: n }, () => new Array(n).fill(1))
      const y = winograd(ones(6), ones(3), () => 0)
      if (y.flat().some((v) => v !== 0)) throw new Error('there are results that do not come from `multiply`')
    },
  },
]
