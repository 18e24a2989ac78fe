import fc from 'fast-check'
import { expect, it } from 'vitest'
import * as pool from '../../src/tensor/wasm/ops/pool.js'
import {
  adaptiveWindows,
  type PoolOptions,
  slidingWindows,
  type Windows,
} from '../../src/tensor/wasm/ops/poolWindow.js'
import { check, expectClose, onEachRuntime, paddedTo, randomLanes, seeds, shapes } from './kit.js'

const axes = fc
  .record({
    kernel: fc.integer({ min: 1, max: 3 }),
    stride: fc.integer({ min: 1, max: 4 }),
    extra: fc.integer({ min: 0, max: 6 }),
    pad: fc.boolean(),
    countIncludePad: fc.boolean(),
  })
  .map(({ kernel, stride, extra, pad, countIncludePad }) => {
    const padding = pad ? Math.floor(kernel / 2) : 0
    return { input: kernel + extra, options: { kernel, stride, padding, countIncludePad } }
  })

const twoByTwo = { input: 6, options: { kernel: 2 } }

const cases = fc.record({
  shape: fc.record({ C: fc.integer({ min: 1, max: 3 }), N: fc.integer({ min: 1, max: 9 }) }),
  rows: fc.oneof(axes, fc.constant(twoByTwo)),
  columns: fc.oneof(axes, fc.constant(twoByTwo)),
  seed: seeds,
})

interface Sliding {
  input: number
  options: PoolOptions
}

/** Calls `visit` with the places of each window inside the input, for each output of each channel and image. */
function eachWindow(
  C: number,
  Np: number,
  rows: Windows,
  columns: Windows,
  visit: (out: number, places: number[], i: number, j: number) => void,
): void {
  const [Ho, Wo] = [rows.first.length, columns.first.length]
  for (let c = 0; c < C; c++)
    for (let i = 0; i < Ho; i++)
      for (let j = 0; j < Wo; j++)
        for (let n = 0; n < Np; n++) {
          const places: number[] = []
          for (let h = rows.first[i]!; h < rows.end[i]!; h++)
            for (let w = columns.first[j]!; w < columns.end[j]!; w++)
              places.push(((c * rows.input + h) * columns.input + w) * Np + n)
          visit(((c * Ho + i) * Wo + j) * Np + n, places, i, j)
        }
}

function setUp(
  lanes: number,
  {
    shape: { C, N },
    rows,
    columns,
    seed,
  }: {
    shape: { C: number; N: number }
    rows: Sliding
    columns: Sliding
    seed: number
  },
) {
  const Np = paddedTo(lanes, N)
  const [down, across] = [slidingWindows(rows.input, rows.options), slidingWindows(columns.input, columns.options)]
  const poolShape: pool.PoolShape = { C, Np, rows: down, columns: across }
  // rounded, so that equal values occur
  const x = randomLanes(C * rows.input * columns.input, { N, Np }, seed).map((v) => Math.round(2 * v) / 2)
  const dy = randomLanes(C * down.first.length * across.first.length, { N, Np }, seed + 1)
  return { C, N, Np, poolShape, x, dy }
}

onEachRuntime('pooling', (run, lanes) => {
  it('takes the maximum, and gives its gradient to the first of equals', () => {
    check(cases, (test) => {
      const { C, N, Np, poolShape, x, dy } = setUp(lanes, test)
      const y = new Float64Array(dy.length)
      const dx = new Float64Array(x.length)
      eachWindow(C, Np, poolShape.rows, poolShape.columns, (out, places) => {
        const most = Math.max(...places.map((place) => x[place]!))
        y[out] = most
        dx[places.find((place) => x[place] === most)!]! += dy[out]!
      })
      run(
        (arrays, rt) => {
          const [from, to, index, gradient] = [
            arrays.put(x),
            arrays.room(y.length),
            arrays.room(y.length),
            arrays.room(x.length),
          ]
          pool.maxPool(rt, to, index, from, poolShape)
          expectClose(arrays.get(to, y.length), y, 0)
          pool.maxPoolBackward(rt, gradient, arrays.put(dy), index, poolShape)
          expectClose(arrays.get(gradient, x.length), dx)
          expect(N).toBeLessThanOrEqual(Np)
        },
        'maxPool',
        'maxPoolBackward',
      )
    })
  })

  it('passes on values that are not numbers', () => {
    const shape: pool.PoolShape = {
      C: 1,
      Np: lanes,
      rows: slidingWindows(2, { kernel: 2 }),
      columns: slidingWindows(2, { kernel: 2 }),
    }
    const images = [
      [1, 5, 9, 2],
      [2, Number.NaN, 1, 2],
      [Number.NaN, 1, 2, 2],
      [4, 3, 3, Number.NaN],
    ]
    const x = Array.from({ length: 4 * lanes }, (_, i) => images[i % lanes]?.[Math.floor(i / lanes)] ?? 0)
    run((arrays, rt) => {
      const [from, y, index] = [arrays.put(x), arrays.room(lanes), arrays.room(lanes)]
      pool.maxPool(rt, y, index, from, shape)
      expect(arrays.get(y, 4)).toEqual([9, Number.NaN, Number.NaN, Number.NaN])
    }, 'maxPool')
  })

  it('averages sliding windows', () => {
    check(cases, (test) => {
      const { C, Np, poolShape, x, dy } = setUp(lanes, test)
      const y = new Float64Array(dy.length)
      const dx = new Float64Array(x.length)
      eachWindow(C, Np, poolShape.rows, poolShape.columns, (out, places, i, j) => {
        const size = poolShape.rows.size[i]! * poolShape.columns.size[j]!
        for (const place of places) {
          y[out]! += x[place]! / size
          dx[place]! += dy[out]! / size
        }
      })
      run(
        (arrays, rt) => {
          const [to, gradient] = [arrays.room(y.length), arrays.room(x.length)]
          pool.averagePool(rt, to, arrays.put(x), poolShape)
          expectClose(arrays.get(to, y.length), y)
          pool.averagePoolBackward(rt, gradient, arrays.put(dy), poolShape)
          expectClose(arrays.get(gradient, x.length), dx)
        },
        'averagePool',
        'averagePoolBackward',
      )
    })
  })

  it('averages adaptively', () => {
    const sizes = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))
    check(fc.tuple(sizes, sizes, seeds), ([[H, Ho], [W, Wo], seed]) => {
      const [C, N, Np] = [2, 5, 8]
      const shape: pool.PoolShape = { C, Np, rows: adaptiveWindows(H, Ho), columns: adaptiveWindows(W, Wo) }
      const x = randomLanes(C * H * W, { N, Np }, seed)
      const dy = randomLanes(C * Ho * Wo, { N, Np }, seed + 1)
      const y = new Float64Array(dy.length)
      const dx = new Float64Array(x.length)
      eachWindow(C, Np, shape.rows, shape.columns, (out, places) => {
        for (const place of places) {
          y[out]! += x[place]! / places.length
          dx[place]! += dy[out]! / places.length
        }
      })
      run((arrays, rt) => {
        const [to, gradient] = [arrays.room(y.length), arrays.room(x.length)]
        pool.averagePool(rt, to, arrays.put(x), shape)
        expectClose(arrays.get(to, y.length), y)
        pool.averagePoolBackward(rt, gradient, arrays.put(dy), shape)
        expectClose(arrays.get(gradient, x.length), dx)
      }, 'averagePool')
    })
  })

  it('averages whole planes', () => {
    check(fc.tuple(shapes(lanes), seeds), ([shape, seed]) => {
      const { C, P, Np } = shape
      const x = randomLanes(C * P, shape, seed)
      const dy = randomLanes(C, shape, seed + 1)
      const y = new Float64Array(C * Np)
      x.forEach((value, i) => {
        y[Math.floor(i / (P * Np)) * Np + (i % Np)]! += value / P
      })
      const dx = Array.from(x, (_, i) => dy[Math.floor(i / (P * Np)) * Np + (i % Np)]! / P)
      run((arrays, rt) => {
        const [to, gradient] = [arrays.room(y.length), arrays.room(x.length)]
        pool.globalAveragePool(rt, to, arrays.put(x), shape)
        expectClose(arrays.get(to, y.length), y)
        pool.globalAveragePoolBackward(rt, gradient, arrays.put(dy), shape)
        expectClose(arrays.get(gradient, x.length), dx)
      })
    })
  })

  it('counts windows as PyTorch does', () => {
    expect(slidingWindows(5, { kernel: 3, stride: 2, padding: 1, countIncludePad: false })).toEqual({
      input: 5,
      first: [0, 1, 3],
      end: [2, 4, 5],
      size: [2, 3, 2],
      skip: [0, 0, 0],
    })
    const dilated = slidingWindows(5, { kernel: 2, stride: 1, padding: 2, dilation: 3 }) // places −2 and 1, −1 and 2, 0 and 3, …
    expect(dilated).toMatchObject({ first: [0, 0, 0, 1, 2, 3], end: [2, 3, 4, 5, 5, 5], skip: [1, 2, 0, 0, 0, 0] })
    expect(adaptiveWindows(7, 3)).toMatchObject({ first: [0, 2, 4], end: [3, 5, 7], size: [3, 3, 3] })
  })
})
