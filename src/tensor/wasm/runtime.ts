import { host } from '#host'
import { GhostgradError } from '../errors.js'
import { hostStep, recording } from '../recording.js'
import { spanListener } from '../spans.js'
import { Arena } from './arena.js'
import { type Allocator, Heap } from './heap.js'
import { type KernelThread, type Variant, variants } from './host/host.js'
import { control, controlAddress, heapStart, jobArgumentsAddress, maxArguments } from './layout.js'
import { type KernelArguments, type KernelName, signatures } from './signatures.js'

export type { Variant }

/** How the kernels run. */
export interface RuntimeOptions {
  /** Threads that run a kernel together, the calling one included. Default: all cores. */
  threads?: number
  /**
   * Which build of the kernels. Default: the first that the engine has of wide (vectors of 256 bits), relaxed (fused
   * multiply-add) and plain.
   */
  variant?: Variant
  /** Compiled kernels to use instead of the packaged ones. */
  binary?: BufferSource
}

interface Kernel {
  readonly name: string
  /** Among the exports of the module. */
  readonly index: number
  readonly call: (thread: number, threads: number, ...args: number[]) => void
}
/** Polls for the end of a kernel before the calling thread sleeps in between: about a tenth of a millisecond. */
const patience = 40_000

/** Milliseconds that threads may take to start. */
const startLimit = 30_000

/** (func (result v128) local.get …  f32x4.relaxed_madd): valid only where relaxed SIMD is on. */
const relaxedProbe = new Uint8Array([
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 8, 1, 96, 3, 123, 123, 123, 1, 123, 3, 2, 1, 0],
  ...[10, 13, 1, 11, 0, 32, 0, 32, 1, 32, 2, 253, 133, 2, 11],
])

/** Whether relaxed SIMD can be used. */
export function hasRelaxedSimd(): boolean {
  if (WebAssembly.validate(relaxedProbe)) return true
  host.enableRelaxedSimd()
  return WebAssembly.validate(relaxedProbe)
}

/** The build that GHOSTGRAD_KERNELS asks for, else the fastest that this engine and processor run. */
function bestVariant(): Variant {
  const forced = host.forcedVariant
  if (forced !== undefined) {
    const variant = variants.find((name) => name === forced)
    if (variant) return variant
    throw new GhostgradError(`GHOSTGRAD_KERNELS: expected one of ${variants.join(', ')}, got "${forced}"`)
  }
  if (!hasRelaxedSimd()) return 'plain'
  if (!host.enableWideVectors()) return 'relaxed'
  if (host.wideVectorsAgree()) return 'wide'
  console.warn('ghostgrad: this engine computes vectors of 256 bits wrongly; the kernels take 128 bits')
  return 'relaxed'
}

/** The options with the packaged kernels in them, wherever they have to come from. */
export async function withKernels(options: RuntimeOptions): Promise<RuntimeOptions> {
  const variant = options.variant ?? bestVariant()
  return { ...options, variant, binary: options.binary ?? (await host.kernels(variant)) }
}

/**
 * The compiled kernels, the memory that they share with their worker threads, and the pool that runs them.
 *
 * `run` is a fork-join: it writes the arguments, publishes a job number, does its own share and waits for the others. It costs
 * half a microsecond on an awake pool, so a kernel may be as short as a few microseconds.
 */
export class WasmRuntime {
  readonly threads: number
  readonly variant: Variant
  /** Floats of a vector of the kernels: 8 in the wide build, 4 in the others. */
  readonly lanes: number
  readonly #heap: Heap
  #arena: Arena | null = null
  /** The whole memory, as floats, whole numbers and doubles: index = address / 4 (or / 8). */
  readonly f32: Float32Array
  readonly i32: Int32Array
  /** How often each kernel has run, by name: tests prove with it that the path they mean to test was taken. */
  readonly runs = new Map<string, number>()
  readonly #words: Int32Array
  readonly #arguments: Float64Array
  readonly #kernels = new Map<string, Kernel>()
  readonly #tables = new Map<string, number>()
  readonly #workers: KernelThread[] = []
  #awaited: boolean
  #scratchBytes = 0
  #closed = false

  constructor(options: RuntimeOptions = {}) {
    this.threads = options.threads ?? host.threads
    if (!Number.isInteger(this.threads) || this.threads < 1 || this.threads > 256) {
      throw new GhostgradError(`threads: expected a whole number from 1 to 256, got ${this.threads}`)
    }
    this.variant = options.variant ?? bestVariant()
    if (this.variant !== 'plain' && !hasRelaxedSimd()) {
      throw new GhostgradError('variant: this JavaScript engine has no relaxed SIMD; use variant "plain"')
    }
    // Where they are asked for, the wide kernels run even if the engine does not merge the halves of their vectors.
    if (this.variant === 'wide') host.enableWideVectors()
    this.lanes = this.variant === 'wide' ? 8 : 4
    const memory = reserveMemory()
    const buffer = memory.buffer
    this.f32 = new Float32Array(buffer)
    this.i32 = new Int32Array(buffer)
    // Kernels compare pointers with the end of a block: it must not be 2^32, which wraps to 0.
    this.#heap = new Heap(heapStart, buffer.byteLength - 65536)
    this.#words = new Int32Array(buffer, controlAddress, 512)
    this.#arguments = new Float64Array(buffer, jobArgumentsAddress, maxArguments)

    const module = new WebAssembly.Module(options.binary ?? packagedKernels(this.variant))
    const instance = new WebAssembly.Instance(module, { env: { memory } })
    ;(instance.exports.start as (thread: number) => void)(0)
    Object.entries(instance.exports).forEach(([name, call], index) => {
      this.#kernels.set(name, { name, index, call: call as Kernel['call'] })
    })
    for (let thread = 1; thread < this.threads; thread++) {
      this.#workers.push(host.startThread({ module, memory, thread, threads: this.threads }))
    }
    this.#awaited = this.threads === 1
  }

  /**
   * Run a kernel on all threads and wait for it.
   * @param name the exported name in `assembly/`
   * @param args its arguments by the names of its parameters there
   */
  run<Name extends KernelName>(name: Name, args: KernelArguments<Name>): void {
    const kernel = this.#kernels.get(name)
    if (!kernel) throw new Error(`internal: no kernel named ${name}`)
    const named: Readonly<Record<string, number | boolean>> = args
    const values = Object.keys(signatures[name]).map((parameter) => Number(named[parameter]))
    const call = () => this.#watched(kernel, values)
    call()
    recording?.add(call)
  }

  #watched(kernel: Kernel, args: readonly number[]): void {
    const listener = spanListener
    listener?.begin('kernel', kernel.name)
    try {
      this.#run(kernel, args)
    } finally {
      listener?.end()
    }
  }

  #run(kernel: Kernel, args: readonly number[]): void {
    const { name } = kernel
    if (this.#closed) throw new GhostgradError('this backend has been closed; make a new one')
    this.runs.set(name, (this.runs.get(name) ?? 0) + 1)
    const words = this.#words
    words[control.claimed] = 0
    if (this.threads === 1) {
      kernel.call(0, 1, ...args)
      return
    }
    if (!this.#awaited) this.#awaitThreads()
    this.#arguments.set(args)
    words[control.argumentCount] = args.length
    words[control.kernel] = kernel.index
    Atomics.store(words, control.done, 0)
    Atomics.add(words, control.job, 1)
    if (Atomics.load(words, control.asleep) > 0) Atomics.notify(words, control.job)
    try {
      kernel.call(0, this.threads, ...args)
    } finally {
      this.#awaitDone()
    }
    const failed = Atomics.exchange(words, control.failed, 0)
    if (failed !== 0) throw new Error(`internal: kernel ${name} failed on thread ${failed - 1}`)
  }

  /**
   * Wait for the workers to finish the running kernel. Usually that is a matter of microseconds; when it is not, a worker has lost
   * its core to another program, and gets this thread's.
   */
  #awaitDone(): void {
    const words = this.#words
    for (let polls = 0; ; polls++) {
      const done = Atomics.load(words, control.done)
      if (done === this.threads - 1) return
      if (polls > patience) Atomics.wait(words, control.done, done, 0.05)
    }
  }

  /**
   * Write numbers of the host into memory; a replay writes what `values` holds then.
   * @param words `f32` or `i32`: what the numbers become
   */
  put(words: Float32Array | Int32Array, address: number, values: ArrayLike<number>): void {
    hostStep(() => words.set(values, address / 4))
  }

  /** The address of a table of whole numbers that never changes: it is written the first time, and kept. */
  table(values: readonly number[] | Int32Array): number {
    const key = values.join()
    const known = this.#tables.get(key)
    if (known !== undefined) return known
    const address = this.#heap.allocate(4 * values.length)
    this.i32.set(values, address / 4)
    this.#tables.set(key, address)
    return address
  }

  /** Where arrays are allocated now. */
  get heap(): Allocator {
    return this.#arena ?? this.#heap
  }

  /** The most bytes that were ever in use at once. */
  get peakBytes(): number {
    return this.#heap.peakBytes
  }

  /** Bytes handed out and not yet freed, arenas as a whole. */
  get bytesInUse(): number {
    return this.#heap.bytesInUse
  }

  /** Memory that is taken from the heap, and given back, only as a whole. */
  newArena(): Arena {
    return new Arena(this.#heap, (arena, fn) => this.#within(arena, fn))
  }

  /** Have arrays allocated in `arena` while `fn` runs. */
  #within<T>(arena: Arena, fn: () => T): T {
    const before = this.#arena
    this.#arena = arena
    try {
      return fn()
    } finally {
      this.#arena = before
    }
  }

  /** Make sure that each thread has at least `bytes` of private scratch memory; its content does not outlive a kernel. */
  reserveScratch(bytes: number): void {
    if (bytes <= this.#scratchBytes) return
    const words = this.#words
    if (this.#scratchBytes > 0) {
      this.#heap.free(words[control.scratchBase]! >>> 0, this.threads * words[control.scratchStride]!)
    }
    // An odd number of cache lines a thread keeps the threads' buffers from sharing cache sets.
    const stride = (Math.ceil(bytes / 128) * 2 + 1) * 64
    this.#scratchBytes = bytes
    words[control.scratchBase] = this.#heap.allocate(this.threads * stride)
    words[control.scratchStride] = stride
  }

  /** Stop the worker threads. The runtime must not be used afterwards. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.all(this.#workers.map((worker) => worker.terminate()))
  }

  /**
   * Resolves when all threads have started. Kernels would wait for that too, but in a browser a thread starts only while the one
   * that asked for it is idle.
   */
  async started(): Promise<void> {
    const deadline = Date.now() + startLimit
    while (!this.#allReady(deadline)) await new Promise((resolve) => setTimeout(resolve, 1))
  }

  #awaitThreads(): void {
    const words = this.#words
    const deadline = Date.now() + startLimit
    while (!this.#allReady(deadline)) {
      const ready = Atomics.load(words, control.ready)
      if (ready < this.threads - 1) Atomics.wait(words, control.ready, ready, 1000)
    }
    this.#awaited = true
  }

  #allReady(deadline: number): boolean {
    if (Atomics.load(this.#words, control.ready) === this.threads - 1) return true
    if (Date.now() > deadline) throw new GhostgradError('the worker threads did not start within 30 seconds')
    return false
  }
}

/** Reserve as much address space as can be had. Pages cost nothing until they are touched. */
function reserveMemory(): WebAssembly.Memory {
  for (const pages of [65536, 49152, 32768, 16384]) {
    try {
      return new WebAssembly.Memory({ initial: pages, maximum: 65536, shared: true })
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
    }
  }
  throw new GhostgradError(
    'could not reserve 1 GiB of address space for the WebAssembly memory; raise the limit (ulimit -v)',
  )
}

function packagedKernels(variant: Variant): BufferSource {
  const kernels = host.kernels(variant)
  if (!(kernels instanceof Promise)) return kernels
  throw new GhostgradError('in a browser, kernels have to be fetched first: use "await WasmBackend.load()"')
}
