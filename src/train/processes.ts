import { cpus } from 'node:os'
import type { Communicator } from '../distributed/communicator.js'
import { getBackend } from '../tensor/backend.js'
import { availableCores } from '../tensor/wasm/host/cores.js'

/** Threads for each process where nobody says how many: its part of the host's cores, unless the launcher has dealt them out already. */
export function threadsOf({ size, localSize }: Communicator): number | undefined {
  if (size === 1) return undefined
  const mine = availableCores()
  return mine < cpus().length ? mine : Math.max(1, Math.floor(mine / localSize))
}

/** What computes, for records: what has a part in the last bits. */
export function describeComputation({ size }: Communicator): string {
  const { description } = getBackend()
  return size === 1 ? description : `${description}, ${size} processes`
}
