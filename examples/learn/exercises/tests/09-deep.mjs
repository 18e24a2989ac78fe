import { Generator, ReferenceBackend, randn, setBackend } from 'ghostgrad'
import * as F from 'ghostgrad/functional'
import { near } from '../expect.mjs'

const meanSquare = (x) => x.square().mean().item()

export default ({ weightScale, branchScale }) => [
  {
    name: 'no leak: √(2 / n)',
    hint: 'With leak 0 your formula must be that of the lesson.',
    run: () => near(weightScale(50, 0), 0.2, 1e-12, 'the scale for 50 inputs'),
  },
  ...[0, 0.2, 1].map((leak) => ({
    name: `leak ${leak}: numbers keep their size through ten layers`,
    hint: 'Of numbers that are spread alike on both sides, half keep their square, the other half has leak² of it. With leak 1 nothing is lost.',
    run() {
      setBackend(new ReferenceBackend('float64'))
      const generator = new Generator(9)
      const width = 200
      let x = randn([20, width], { generator })
      const before = meanSquare(x)
      for (let layer = 0; layer < 10; layer++) {
        const y = F.linear(x, randn([width, width], { generator }).mul(weightScale(width, leak)))
        x = F.relu(y).sub(F.relu(y.neg()).mul(leak))
      }
      near(Math.log2(meanSquare(x) / before), 0, 0.8, 'how often the mean square doubled')
    },
  })),
  ...[1, 4, 30].map((depth) => ({
    name: `${depth} branches: e at most`,
    hint: 'Independent parts add their mean squares, so a branch multiplies it by 1 + scale². Which number to the power depth is near e?',
    run() {
      const growth = (1 + branchScale(depth) ** 2) ** depth
      near(growth, Math.E, Math.E - (1 + 1 / depth) ** depth + 1e-9, 'growth of the mean square')
      if (growth > Math.E) throw new Error(`growth of the mean square: expected less than e, got ${growth}`)
    },
  })),
]
