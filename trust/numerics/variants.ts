import type { ImageDataset } from '../../src/data/dataset.js'
import { createModel } from '../../src/models/registry.js'
import { SGD } from '../../src/optim/sgd.js'
import { setBackend } from '../../src/tensor/backend.js'
import { WasmBackend } from '../../src/tensor/wasm/wasmBackend.js'
import { Stepper } from '../../src/train/stepper.js'
import { batchAt } from './batches.js'

export interface VariantOutcome {
  variant: string
  /** Largest relative difference of a loss from the first variant's, over the first ten steps and over all. */
  early: number
  all: number
  /** Whether a second run gave the same bits. */
  repeats: boolean
}

const variants = (['plain', 'relaxed'] as const).flatMap((variant) =>
  [1, 2, 4].map((threads) => ({ variant, threads })),
)
const steps = 20

/** The same training on every build of the kernels, and on several threads. */
export async function compareVariants(data: ImageDataset): Promise<VariantOutcome[]> {
  const outcomes: VariantOutcome[] = []
  let first: number[] | null = null
  for (const { variant, threads } of variants) {
    const backend = new WasmBackend({ variant, threads })
    setBackend(backend)
    const [losses, again] = [train(data), train(data)]
    first ??= losses
    const off = losses.map((loss, i) => Math.abs(loss - first![i]!) / first![i]!)
    outcomes.push({
      variant: backend.description,
      early: Math.max(...off.slice(0, 10)),
      all: Math.max(...off),
      repeats: losses.every((loss, i) => loss === again[i]),
    })
    await backend.close()
  }
  return outcomes
}

function train(data: ImageDataset): number[] {
  const model = createModel('ghost-resnet20', { seed: 0 })
  const stepper = new Stepper(model, new SGD(model.namedParameters(), { lr: 1e-4, momentum: 0.9 }))
  return Array.from({ length: steps }, (_, step) => stepper.step(batchAt(data, step, 32)).loss)
}
