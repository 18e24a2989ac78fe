import type { HostArray } from '../../reference/hostArray.js'
import { ReferenceBackend } from '../../reference/referenceBackend.js'
import type { WasmArray } from '../wasmArray.js'
import { read } from './shape.js'

const reference = new ReferenceBackend('float32')

/** Run a rare operation that has no kernel with the reference loops, on copies in row-major order, and count it. */
export function viaReference(
  operation: string,
  inputs: readonly WasmArray[],
  run: (reference: ReferenceBackend, inputs: readonly HostArray[]) => unknown,
): WasmArray {
  const { backend } = inputs[0]!
  backend.fallbacks.set(operation, (backend.fallbacks.get(operation) ?? 0) + 1)
  const copies = inputs.map((x) => reference.fromValues(read(x), x.shape))
  const out = run(reference, copies) as HostArray
  return backend.fromValues(out.values, out.shape)
}
