import { control, controlAddress, jobArgumentsAddress, maxArguments } from '../layout.js'

/** Polls before a thread goes to sleep: about half a millisecond, longer than the host needs between two kernels of a step. */
const spins = 200_000

export interface KernelThreadData {
  module: WebAssembly.Module
  memory: WebAssembly.Memory
  thread: number
  threads: number
}

type Kernel = (thread: number, threads: number, ...args: number[]) => void

/** A thread of the kernel pool: waits for a job in the shared memory, runs its share, reports, and waits again. */
export function serveKernels({ module, memory, thread, threads }: KernelThreadData): never {
  const instance = new WebAssembly.Instance(module, { env: { memory } })
  const kernels = Object.values(instance.exports) as Kernel[]
  ;(instance.exports.start as (thread: number) => void)(thread)
  const words = new Int32Array(memory.buffer, controlAddress, 64)
  const block = new Float64Array(memory.buffer, jobArgumentsAddress, maxArguments)
  const args: number[] = []
  let job = Atomics.load(words, control.job)
  Atomics.add(words, control.ready, 1)
  Atomics.notify(words, control.ready)
  for (;;) {
    job = nextJob(words, job)
    args.length = words[control.argumentCount]!
    for (let i = 0; i < args.length; i++) args[i] = block[i]!
    try {
      kernels[words[control.kernel]!]!(thread, threads, ...args)
    } catch {
      Atomics.store(words, control.failed, thread + 1)
    }
    Atomics.add(words, control.done, 1)
  }
}

/** Block until the job number differs from `seen`; returns the new one. */
function nextJob(words: Int32Array, seen: number): number {
  for (let i = 0; i < spins; i++) {
    const job = Atomics.load(words, control.job)
    if (job !== seen) return job
  }
  Atomics.add(words, control.asleep, 1)
  while (Atomics.load(words, control.job) === seen) Atomics.wait(words, control.job, seen)
  Atomics.sub(words, control.asleep, 1)
  return Atomics.load(words, control.job)
}
