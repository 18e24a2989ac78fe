import { explain } from '../../src/explain/explain.js'
import { withBackend } from '../../src/tensor/backend.js'
import { tensor } from '../../src/tensor/create.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'

export interface TapeNode {
  label: string
  inputs: { name: string; gradient: number; slope: string }[]
  value: number
  gradient: number
}

export interface TapeValues {
  leaves: { name: string; value: number; gradient: number; byDifferences: number }[]
  nodes: TapeNode[]
}

/** (x · w + b)² on the engine, its tape and what differences say. */
export const computeTape = ({ x, w, b }: Record<'x' | 'w' | 'b', number>): TapeValues =>
  withBackend(new ReferenceBackend('float64'), () => {
    const leaf = (value: number) => tensor(value, { requiresGrad: true })
    const names = { x: leaf(x), w: leaf(w), b: leaf(b) }
    const y = names.x.mul(names.w).add(names.b)
    const { nodes, leaves } = explain(y.mul(y), { names })
    return {
      leaves: leaves.map(({ name, value, gradient, checks }) => ({
        name,
        value: value!.values![0]!,
        gradient: gradient!.values![0]!,
        byDifferences: checks[0]!.numeric,
      })),
      nodes: nodes.map(({ op, inputs, value, dy, gradients, rule }) => ({
        label: op,
        inputs: gradients.map(({ input, values }) => ({
          name: inputs[input]!.name,
          gradient: values![0]!,
          slope: rule,
        })),
        value: value!.values![0]!,
        gradient: dy.values![0]!,
      })),
    }
  })
