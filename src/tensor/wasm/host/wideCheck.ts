/** Eight floats a row, in the memory of the check: two arrays, and behind them the results. */
const rows = 64
const arrays = 1 << 17
const arrayBytes = 32 * rows

/** What operations treat differently, among numbers of all magnitudes. */
const special = [0, -0, 1, -1, Infinity, -Infinity, Number.NaN, 1e-40, -1e-40, 3e38, 6, -3, 88, -104]

/** The results of a build of `assembly/check.ts`, as bits. */
function resultsOf(module: WebAssembly.Module): Int32Array {
  const { memory, check } = new WebAssembly.Instance(module, {}).exports as {
    memory: WebAssembly.Memory
    check: (y: number, p: number, q: number, rows: number, factor: number, count: number) => number
  }
  const inputs = new Float32Array(memory.buffer, arrays, 16 * rows)
  for (let i = 0; i < inputs.length; i++) inputs[i] = Math.sin(i + 1) * 2 ** ((i % 23) - 11)
  // The second array has none: its sums are looked at.
  for (const [i, value] of special.entries()) inputs[5 * i] = value
  const y = arrays + 2 * arrayBytes
  const end = check(y, arrays, arrays + arrayBytes, rows, 0.3, 5)
  return new Int32Array(memory.buffer.slice(y, end))
}

/** Whether both builds of the check, compiled as the kernels that run will be, leave the same bits. */
export function agree(narrow: WebAssembly.Module, wide: WebAssembly.Module): boolean {
  const expected = resultsOf(narrow)
  const actual = resultsOf(wide)
  return actual.length === expected.length && actual.every((bits, i) => bits === expected[i])
}
