import { hostname } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import { ConfigError } from '../../tensor/errors.js'
import type { Communicator } from '../communicator.js'
import { launchedBy, loadMpi, type MpiLibrary } from './library.js'

/** Bytes up to which every process sends all to all: fewer messages, where latency counts. */
const small = 32768

/** Looks whether the others have come before this process gives its core away in between: about a millisecond. */
const patience = 2000

/** Milliseconds of rest then, and where the others may be away for long. */
const nap = 0.05
const rest = 2

/** Nobody ever wakes who sleeps here. */
const sleeper = new Int32Array(new SharedArrayBuffer(4))

/**
 * Join the other processes that `mpirun` or `srun` launched.
 * @throws ConfigError if the package koffi or the MPI library is missing, or the library is not the launcher's
 */
export async function joinMpi(): Promise<Communicator> {
  const mpi = await loadMpi()
  mpi.init()
  const communicator = new MpiCommunicator(mpi)
  const launched = launchedBy()
  if (launched && launched.processes > 1 && communicator.size === 1) {
    throw new ConfigError(
      `launched as one of ${launched.processes} processes by ${launched.launcher}, but ${communicator.library} knows of no others: use the mpirun that belongs to it, or srun with another --mpi`,
    )
  }
  return communicator
}

class MpiCommunicator implements Communicator {
  readonly rank: number
  readonly size: number
  readonly localSize: number
  readonly #mpi: MpiLibrary

  constructor(mpi: MpiLibrary) {
    this.#mpi = mpi
    this.rank = mpi.rank()
    this.size = mpi.size()
    this.localSize = this.#countHere()
  }

  /** `Open MPI v4.1.4`, `MPICH Version: 4.0.2` */
  get library(): string {
    return this.#mpi.version.split(/[,\n]/)[0]!.replace(/\s+/g, ' ').trim()
  }

  get description(): string {
    return `${this.size} ${this.size === 1 ? 'process' : 'processes'} (${this.library})`
  }

  allReduce(values: Float32Array | Float64Array): void {
    if (this.size === 1) return
    if (values.byteLength <= small) this.#reduceAll(values)
    else this.#reduceShares(values)
  }

  broadcast(bytes: Uint8Array): void {
    if (this.size > 1) this.#await(this.#mpi.broadcast(bytes, bytes.byteLength, 0))
  }

  async fromRoot<T>(compute: () => T | Promise<T>): Promise<T> {
    const result = this.rank === 0 ? await compute() : undefined
    if (this.size === 1) return result as T
    const hasCome = this.#mpi.barrier()
    while (!hasCome()) await setTimeout(rest)
    const own = Buffer.from(this.rank === 0 ? JSON.stringify(result ?? null) : '')
    const length = new Float64Array([own.length])
    this.broadcast(new Uint8Array(length.buffer))
    const bytes = this.rank === 0 ? own : Buffer.alloc(length[0]!)
    this.broadcast(bytes)
    return JSON.parse(bytes.toString()) as T
  }

  abort(exitCode: number): void {
    this.#mpi.abort(exitCode)
  }

  close(): void {
    this.#mpi.finalize()
  }

  /** Every process gets the numbers of all, and adds them. */
  #reduceAll(values: Float32Array | Float64Array): void {
    const all = arrayLike(values, values.length * this.size)
    this.#await(this.#mpi.allGather(values, all, values.byteLength))
    addInOrder(all, this.size, values)
  }

  /** Every process adds an equal share of the numbers for all: each sends and receives less than twice the numbers, however many there are. */
  #reduceShares(values: Float32Array | Float64Array): void {
    const share = Math.ceil(values.length / this.size)
    const padded = arrayLike(values, share * this.size)
    padded.set(values)
    const parts = arrayLike(values, padded.length)
    this.#await(this.#mpi.allToAll(padded, parts, share * values.BYTES_PER_ELEMENT))
    const sums = arrayLike(values, share)
    addInOrder(parts, this.size, sums)
    this.#await(this.#mpi.allGather(sums, padded, sums.byteLength))
    values.set(padded.subarray(0, values.length))
  }

  /** MPI itself would wait at full speed, and take the core from a process that is late. */
  #await(isDone: () => boolean): void {
    for (let looks = 0; !isDone(); looks++) if (looks > patience) Atomics.wait(sleeper, 0, 0, nap)
  }

  #countHere(): number {
    const nameBytes = 256
    const own = Buffer.alloc(nameBytes)
    own.write(hostname())
    const all = Buffer.alloc(nameBytes * this.size)
    this.#await(this.#mpi.allGather(own, all, nameBytes))
    const names = Array.from({ length: this.size }, (_, i) => all.subarray(i * nameBytes, (i + 1) * nameBytes))
    return names.filter((name) => name.equals(own)).length
  }
}

function arrayLike<T extends Float32Array | Float64Array>(values: T, length: number): T {
  return new (values.constructor as new (length: number) => T)(length)
}

/** sums[i] = Σ parts[part, i], in the order of the parts, in double precision. */
function addInOrder(parts: Float32Array | Float64Array, count: number, sums: Float32Array | Float64Array): void {
  const { length } = sums
  for (let i = 0; i < length; i++) {
    let sum = 0
    for (let at = i; at < count * length; at += length) sum += parts[at]!
    sums[i] = sum
  }
}
