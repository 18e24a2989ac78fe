// Lesson 8, speed: `node examples/learn/08-speed.mjs`. The text is docs/learn/08-speed.md.
import { Generator, ReferenceBackend, randn, setBackend, WasmBackend } from 'ghostgrad'
import * as F from 'ghostgrad/functional'

/** Milliseconds on a clock on the wall, and milliseconds that processors spent on this program: a page is not told these. */
const clock = () => performance.now()
const processor = () => globalThis.process?.cpuUsage().user / 1000 || clock()

/** Of one call, in the shortest of some runs of `calls`: what the other runs took longer was not their own doing. */
const time = (fn, { runs = 5, calls = 1, by = processor } = {}) => {
  const times = Array.from({ length: runs }, () => {
    const start = by()
    for (let call = 0; call < calls; call++) fn()
    return (by() - start) / calls
  })
  return Math.min(...times)
}

const compare = (slow, a, fast, b) =>
  console.log(`${slow} ${a.toFixed(2)} ms, ${fast} ${b.toFixed(2)} ms: ${(a / b).toFixed(1)} times`)

const side = 2048
const picture = new Float32Array(side * side).fill(1)
const sumBy = (rowStep, columnStep) => {
  let sum = 0
  for (let i = 0; i < side; i++) {
    for (let j = 0; j < side; j++) sum += picture[i * rowStep + j * columnStep]
  }
  return sum
}
console.log(`${sumBy(side, 1)} and ${sumBy(1, side)}: the same sum`)
const across = () => sumBy(1, side)
const along = () => sumBy(side, 1)
compare('across memory', time(across, { calls: 5 }), 'along it', time(along, { calls: 20 }))

const n = 192
const generator = new Generator(0)
const random = () => Float32Array.from({ length: n * n }, () => generator.normal())
const [a, b] = [random(), random()]

/** y = a · bᵀ, one number of y at a time. */
const plain = () => {
  const y = new Float32Array(n * n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0
      for (let k = 0; k < n; k++) sum += a[i * n + k] * b[j * n + k]
      y[i * n + j] = sum
    }
  }
  return y
}

/** The same, two rows by two columns of y at a time. */
const tiled = () => {
  const y = new Float32Array(n * n)
  for (let i = 0; i < n; i += 2) {
    for (let j = 0; j < n; j += 2) {
      let s00 = 0
      let s01 = 0
      let s10 = 0
      let s11 = 0
      for (let k = 0; k < n; k++) {
        const a0 = a[i * n + k]
        const a1 = a[(i + 1) * n + k]
        const b0 = b[j * n + k]
        const b1 = b[(j + 1) * n + k]
        s00 += a0 * b0
        s01 += a0 * b1
        s10 += a1 * b0
        s11 += a1 * b1
      }
      y[i * n + j] = s00
      y[i * n + j + 1] = s01
      y[(i + 1) * n + j] = s10
      y[(i + 1) * n + j + 1] = s11
    }
  }
  return y
}
const [expected, actual] = [plain(), tiled()]
console.log(`tiles give the same numbers: ${expected.every((v, i) => v === actual[i])}`)
compare('one by one', time(plain, { calls: 10 }), 'in tiles', time(tiled, { calls: 20 }))

/** Two neighbouring results of a kernel of three, from four inputs, by four products instead of six. */
const winograd = ([d0, d1, d2, d3], [g0, g1, g2]) => {
  const m1 = (d0 - d2) * g0
  const m2 = (d1 + d2) * ((g0 + g1 + g2) / 2)
  const m3 = (d2 - d1) * ((g0 - g1 + g2) / 2)
  const m4 = (d1 - d3) * g2
  return [m1 + m2 + m3, m2 - m3 - m4]
}
console.log(`by sums     ${[1 * 2 + 4 * 3 + 9 * 5, 4 * 2 + 9 * 3 + 16 * 5]}`)
console.log(`by Winograd ${winograd([1, 4, 9, 16], [2, 3, 5])}`)

const product = (a, b) => a.map((row) => b[0].map((_, j) => row.reduce((sum, v, k) => sum + v * b[k][j], 0)))
const transposed = (a) => a[0].map((_, j) => a.map((row) => row[j]))
const around = (outer, inner) => product(product(outer, inner), transposed(outer)) // outer · inner · outerᵀ

/** F(2 × 2, 3 × 3): what goes in, the kernel, and what comes out. */
const Bt = [
  [1, 0, -1, 0],
  [0, 1, 1, 0],
  [0, -1, 1, 0],
  [0, 1, 0, -1],
]
const G = [
  [1, 0, 0],
  [0.5, 0.5, 0.5],
  [0.5, -0.5, 0.5],
  [0, 0, 1],
]
const At = [
  [1, 1, 1, 0],
  [0, 1, -1, -1],
]

setBackend(new ReferenceBackend('float64'))
const [tile, kernel] = [randn([4, 4], { generator }), randn([3, 3], { generator })]
const [d, g] = [around(Bt, tile.toArray()), around(G, kernel.toArray())]
const products = d.map((row, i) => row.map((v, j) => v * g[i][j]))
const y = around(At, products)
const convolved = F.conv2d(tile.reshape([1, 1, 4, 4]), kernel.reshape([1, 1, 3, 3])).values
const worst = Math.max(...y.flat().map((v, i) => Math.abs(v - convolved[i])))
console.log(`4 results of 9 products each by ${products.flat().length} products: right to 1e-12, ${worst < 1e-12}`)

/** A 3 × 3 convolution of 32 to 32 channels, on 16 images of 16 × 16. */
const on = (backend) => {
  setBackend(backend)
  const generator = new Generator(0)
  const x = randn([16, 32, 16, 16], { generator })
  const w = randn([32, 32, 3, 3], { generator })
  return () => F.conv2d(x, w, { padding: 1 })
}
const reference = on(new ReferenceBackend())
const one = on(new WasmBackend({ threads: 1 }))
const two = on(await WasmBackend.load({ threads: 2 })) // in a page that may not share memory: one thread

const [slow, fast, parallel] = [reference, one, two].map((run) => run().data)
const largest = slow.reduce((max, v) => Math.max(max, Math.abs(v)), 0)
const off = slow.reduce((max, v, i) => Math.max(max, Math.abs(v - fast[i])), 0)
console.log(`fast and reference agree to 1e-5 of the largest number: ${off < 1e-5 * largest}`)
console.log(`one thread and two give the same bits: ${fast.every((v, i) => v === parallel[i])}`)

const onTheClock = { runs: 50, by: clock }
const oneThread = time(one, onTheClock)
compare('reference', time(reference, { runs: 2 }), 'fast', oneThread)
compare('one thread', oneThread, 'two threads', time(two, onTheClock))
