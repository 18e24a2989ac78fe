import { sizeOf } from '../../shape.js'
import { lanesFor } from '../lanes.js'
import { WasmArray } from '../wasmArray.js'
import { inLanes } from './shape.js'

/** How the matrices of a batch (N, …, rows, columns) lie in lanes: distances in bytes. */
interface Strides {
  item: number
  row: number
  column: number
}

/** Of three axes the rows are channels, which blocks of images part; of more the matrices lie one after the other. */
function stridesOf({ shape, backend }: WasmArray): Strides {
  const { blocks, lanes } = lanesFor(shape[0]!, backend.runtime.lanes)
  const [rows, columns] = shape.slice(-2) as [number, number]
  const row = 4 * lanes * columns
  return shape.length === 3
    ? { item: row, row: blocks * row, column: 4 * lanes }
    : { item: rows * row, row, column: 4 * lanes }
}

/** (N, …, m, k) · (N, …, k, n) with equal leading axes, a batch of images at a time. */
export function matmulLanes(left: WasmArray, right: WasmArray, transposeA: boolean, transposeB: boolean): WasmArray {
  const [a, b] = [inLanes(left), inLanes(right)]
  const { runtime } = a.backend
  const M = a.shape.at(transposeA ? -1 : -2)!
  const K = a.shape.at(transposeA ? -2 : -1)!
  const N = b.shape.at(transposeB ? -2 : -1)!
  const y = WasmArray.allocate(a.backend, [...a.shape.slice(0, -2), M, N], 'lanes')
  const { blocks, lanes } = lanesFor(a.shape[0]!, runtime.lanes)
  const [ofA, ofB, ofY] = [stridesOf(a), stridesOf(b), stridesOf(y)]
  runtime.run('matmulLanes', {
    y: y.address,
    a: a.address,
    b: b.address,
    items: blocks * sizeOf(a.shape.slice(1, -2)),
    M,
    N,
    K,
    Np: lanes,
    aItem: ofA.item,
    aM: transposeA ? ofA.column : ofA.row,
    aK: transposeA ? ofA.row : ofA.column,
    bItem: ofB.item,
    bK: transposeB ? ofB.column : ofB.row,
    bN: transposeB ? ofB.row : ofB.column,
    yItem: ofY.item,
    yM: ofY.row,
    yN: ofY.column,
  })
  return y
}
