import * as F from '../../src/autograd/functional.js'
import type { Backend } from '../../src/tensor/backend.js'
import { withBackend } from '../../src/tensor/backend.js'
import { randn } from '../../src/tensor/create.js'
import { Generator } from '../../src/tensor/random.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import { WasmBackend } from '../../src/tensor/wasm/wasmBackend.js'

export interface SpeedValues {
  groups: { title: string; bars: { name: string; ms: number; note: string }[] }[]
}

/** The shortest of some runs, in milliseconds, after one to warm up; of a single one there is none before. */
function time(run: () => void, runs: number): number {
  if (runs > 1) run()
  return Math.min(
    ...Array.from({ length: runs }, () => {
      const start = performance.now()
      run()
      return performance.now() - start
    }),
  )
}

/** What lesson 8 says, measured on the reader's machine. */
export async function computeSpeed({ channels }: { channels: number }): Promise<SpeedValues> {
  const side = 1024
  const picture = new Float32Array(side * side).fill(1)
  const sumBy = (row: number, column: number): number => {
    let sum = 0
    for (let i = 0; i < side; i++) for (let j = 0; j < side; j++) sum += picture[i * row + j * column]!
    return sum
  }
  const on = (backend: Backend, kernel: number, runs: number): number =>
    withBackend(backend, () => {
      const generator = new Generator(0)
      const x = randn([16, channels, 16, 16], { generator })
      const w = randn([channels, channels, kernel, kernel], { generator })
      return time(() => F.conv2d(x, w, { padding: (kernel - 1) / 2 }), runs)
    })
  const products = 16 * 16 * 16 * channels * channels
  const narrow = await WasmBackend.load({ threads: 1, variant: 'plain' })
  const fast = await WasmBackend.load({ threads: 1 })
  const rate = (multiplies: number, ms: number): string =>
    `${Number((multiplies / ms / 1e6).toPrecision(2))} billion products/s`
  const bar = (name: string, multiplies: number, ms: number) => ({ name, ms, note: rate(multiplies, ms) })
  const plainThree = on(narrow, 3, 12)
  const fastThree = on(fast, 3, 12)
  const five = on(fast, 5, 8)
  const loops = on(new ReferenceBackend('float32'), 3, 1)
  return {
    groups: [
      {
        title: 'Layout: one sum of a million numbers',
        bars: [
          { name: 'across memory', ms: time(() => sumBy(1, side), 8), note: '' },
          { name: 'along it', ms: time(() => sumBy(side, 1), 8), note: '' },
        ],
      },
      {
        title: `Two builds of the kernels: a 3 × 3 convolution of ${channels} to ${channels} channels`,
        bars: [
          bar('multiply, then add', 9 * products, plainThree),
          bar(`${fast.description.split(',')[0]}`, 9 * products, fastThree),
        ],
      },
      {
        title: 'Winograd: 36 products for 144, where a kernel is 3 × 3',
        bars: [bar('5 × 5, direct', 25 * products, five), bar('3 × 3, by Winograd', 9 * products, fastThree)],
      },
      {
        title: 'All of it',
        bars: [bar('the readable loops', 9 * products, loops), bar('the kernels', 9 * products, fastThree)],
      },
    ],
  }
}
