import { noGrad } from '../src/autograd/gradMode.js'
import { createModel } from '../src/models/index.js'
import { setBackend } from '../src/tensor/backend.js'
import { randn } from '../src/tensor/create.js'
import { Generator } from '../src/tensor/random.js'
import { scope } from '../src/tensor/tensor.js'
import { WasmBackend } from '../src/tensor/wasm/wasmBackend.js'
import { median } from './measure.js'

/** A forward pass in evaluation mode, with each batch norm in a pass of its own, and inside the convolution before it. */
export interface EvaluationRow {
  model: string
  batchSize: number
  /** Milliseconds, and kernel calls, of a forward pass. */
  apart: { ms: number; kernels: number }
  folded: { ms: number; kernels: number }
}

/**
 * Both ways in turns, for at least `seconds`, on one thread. The clock is the processor time of the process, which other programs
 * hardly disturb.
 */
export async function measureEvaluation(name: string, batchSize: number, seconds: number): Promise<EvaluationRow> {
  const backend = new WasmBackend({ threads: 1 })
  setBackend(backend)
  const generator = new Generator(1)
  const model = createModel(name, { seed: 0 }).eval()
  const images = randn([batchSize, 3, 32, 32], { generator })
  const forward = () => scope(() => noGrad(() => model.call(images).data))
  // A module that is watched runs on its own.
  const apart = () => {
    const remove = model.onForward(() => {})
    const ms = processorTime(forward)
    remove()
    return ms
  }
  const kernelsOf = (run: () => unknown) => {
    backend.runtime.runs.clear()
    run()
    return [...backend.runtime.runs.values()].reduce((sum, n) => sum + n, 0)
  }
  const kernels = { apart: kernelsOf(apart), folded: kernelsOf(forward) }
  const times = { apart: [] as number[], folded: [] as number[] }
  for (let i = -2, end = performance.now() + 1000 * seconds; i < 7 || performance.now() < end; i++) {
    for (const way of i % 2 === 0 ? (['apart', 'folded'] as const) : (['folded', 'apart'] as const)) {
      const ms = way === 'apart' ? apart() : processorTime(forward)
      if (i >= 0) times[way].push(ms)
    }
  }
  await backend.close()
  return {
    model: name,
    batchSize,
    apart: { ms: median(times.apart), kernels: kernels.apart },
    folded: { ms: median(times.folded), kernels: kernels.folded },
  }
}

function processorTime(run: () => unknown): number {
  const before = process.cpuUsage()
  run()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
