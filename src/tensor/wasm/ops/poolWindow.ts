import { windowCount } from '../../shape.js'

/** The windows of a pooling layer along one axis. They lie within the input: padding is cut off. */
export interface Windows {
  /** Length of the input. */
  input: number
  /** First input and end of each output's window. */
  first: readonly number[]
  end: readonly number[]
  /** The length that counts for an average. */
  size: readonly number[]
  /** From the first input to the first that the window has, where it has not all of them. */
  skip: readonly number[]
}

export interface PoolOptions {
  kernel: number
  /** Default: the kernel. */
  stride?: number
  padding?: number
  /** Places from one of the window to the next; default 1. */
  dilation?: number
  /** Of the result; default: all windows that end within the padded input. */
  outputs?: number
  /** Whether an average counts the padding as zeros (the default). */
  countIncludePad?: boolean
}

/** Windows of `kernel` places, `stride` apart; `padding` places before and after the input count as outside. */
export function slidingWindows(input: number, options: PoolOptions): Windows {
  const { kernel, stride = kernel, padding = 0, dilation = 1, countIncludePad = true } = options
  const { outputs = windowCount(input, kernel, stride, padding, dilation) } = options
  const starts = Array.from({ length: outputs }, (_, i) => i * stride - padding)
  const length = dilation * (kernel - 1) + 1
  const first = starts.map((start) => Math.max(0, start))
  const skip = starts.map((start) => (start < 0 ? (dilation - (-start % dilation)) % dilation : 0))
  const end = starts.map((start) => Math.min(input, start + length))
  const padded = starts.map((start) => Math.min(input + padding, start + kernel) - start)
  return { input, first, end, size: countIncludePad ? padded : end.map((e, i) => e - first[i]!), skip }
}

/** Windows that cut the input into `outputs` nearly equal pieces, which may overlap by one place. */
export function adaptiveWindows(input: number, outputs: number): Windows {
  const first = Array.from({ length: outputs }, (_, i) => Math.floor((i * input) / outputs))
  const end = Array.from({ length: outputs }, (_, i) => Math.ceil(((i + 1) * input) / outputs))
  return { input, first, end, size: end.map((e, i) => e - first[i]!), skip: first.map(() => 0) }
}

/** Whole numbers in the table of these windows. */
const tableLength = ({ input, first }: Windows): number => 4 * first.length + 2 * input

/** The table that `assembly/poolWindow.ts` describes. */
export function windowTable(windows: Windows): Int32Array {
  const { input, first, end, size, skip } = windows
  const outputs = first.length
  const table = new Int32Array(tableLength(windows))
  table.set(first)
  table.set(end, outputs)
  table.set(size, 2 * outputs)
  table.set(skip, 3 * outputs)
  // first and end grow with the output, so that the outputs around a place lie side by side
  for (let place = 0, from = 0, to = 0; place < input; place++) {
    while (from < outputs && end[from]! <= place) from++
    while (to < outputs && first[to]! <= place) to++
    table[4 * outputs + place] = from
    table[4 * outputs + input + place] = to
  }
  return table
}
