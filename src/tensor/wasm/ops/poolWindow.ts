/** The windows of a pooling layer along one axis. They lie within the input: padding is cut off. */
export interface Windows {
  /** Length of the input. */
  input: number
  /** First input and end of each output's window. */
  first: readonly number[]
  end: readonly number[]
  /** The length that counts for an average. */
  size: readonly number[]
}

export interface PoolOptions {
  kernel: number
  /** Default: the kernel. */
  stride?: number
  padding?: number
  /** Whether an average counts the padding as zeros (the default). */
  countIncludePad?: boolean
}

/** Windows of `kernel` places, `stride` apart; `padding` places before and after the input count as outside. */
export function slidingWindows(input: number, options: PoolOptions): Windows {
  const { kernel, stride = kernel, padding = 0, countIncludePad = true } = options
  const outputs = Math.floor((input + 2 * padding - kernel) / stride) + 1
  const starts = Array.from({ length: outputs }, (_, i) => i * stride - padding)
  const first = starts.map((start) => Math.max(0, start))
  const end = starts.map((start) => Math.min(input, start + kernel))
  return { input, first, end, size: countIncludePad ? starts.map(() => kernel) : end.map((e, i) => e - first[i]!) }
}

/** Windows that cut the input into `outputs` nearly equal pieces, which may overlap by one place. */
export function adaptiveWindows(input: number, outputs: number): Windows {
  const first = Array.from({ length: outputs }, (_, i) => Math.floor((i * input) / outputs))
  const end = Array.from({ length: outputs }, (_, i) => Math.ceil(((i + 1) * input) / outputs))
  return { input, first, end, size: end.map((e, i) => e - first[i]!) }
}

/** Whole numbers in the table of these windows. */
const tableLength = ({ input, first }: Windows): number => 3 * first.length + 2 * input

/** The table that `assembly/poolWindow.ts` describes. */
export function windowTable(windows: Windows): Int32Array {
  const { input, first, end, size } = windows
  const outputs = first.length
  const table = new Int32Array(tableLength(windows))
  table.set(first)
  table.set(end, outputs)
  table.set(size, 2 * outputs)
  // first and end grow with the output, so that the outputs around a place lie side by side
  for (let place = 0, from = 0, to = 0; place < input; place++) {
    while (from < outputs && end[from]! <= place) from++
    while (to < outputs && first[to]! <= place) to++
    table[3 * outputs + place] = from
    table[3 * outputs + input + place] = to
  }
  return table
}
