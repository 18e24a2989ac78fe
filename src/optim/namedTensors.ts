import { ConfigError } from '../tensor/errors.js'
import type { Tensor } from '../tensor/tensor.js'

/** A tensor and the name its state is saved under; `model.namedParameters()` yields these. */
export type NamedTensor = readonly [name: string, tensor: Tensor]

/** Refuse an empty list, a name used twice, and one tensor under two names (it would be updated twice a step). */
export function checkNamed(who: string, tensors: readonly NamedTensor[]): void {
  if (tensors.length === 0) throw new ConfigError(`${who}: expected at least one named tensor, got none`)
  const names = new Set<string>()
  const firstName = new Map<Tensor, string>()
  for (const [name, tensor] of tensors) {
    if (names.has(name)) throw new ConfigError(`${who}: two tensors are named "${name}"`)
    const other = firstName.get(tensor)
    if (other !== undefined) throw new ConfigError(`${who}: "${other}" and "${name}" are one tensor`)
    names.add(name)
    firstName.set(tensor, name)
  }
}
