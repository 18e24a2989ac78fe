/**
 * The processes of a data-parallel run, seen from one of them. Every method but `abort` is collective: all processes call it, in the
 * same order, with arguments of the same size.
 */
export interface Communicator {
  /** Number of this process, from 0; that of rank 0 logs, evaluates and saves. */
  readonly rank: number
  /** How many processes there are. */
  readonly size: number
  /** How many of them run on this host. */
  readonly localSize: number
  /** For records: how many processes, and what connects them. */
  readonly description: string

  /**
   * Replace `values` by their sums over all processes. They are added in the order of ranks, in double precision: the same bits in
   * every process, and every time.
   */
  allReduce(values: Float32Array | Float64Array): void
  /** Replace `bytes` by those of rank 0. */
  broadcast(bytes: Uint8Array): void
  /**
   * What `compute` returns in rank 0, which alone runs it; the others wait, without using their processor.
   * @param compute returns what JSON can hold
   */
  fromRoot<T>(compute: () => T | Promise<T>): Promise<T>

  /** End all processes, at once. */
  abort(exitCode: number): void
  /** Part from the others, when all is done. */
  close(): void
}

/** One process on its own: what runs unless something else is asked for. */
export const alone: Communicator = {
  rank: 0,
  size: 1,
  localSize: 1,
  description: '1 process',
  allReduce: () => {},
  broadcast: () => {},
  fromRoot: async (compute) => compute(),
  abort: (exitCode) => process.exit(exitCode),
  close: () => {},
}
