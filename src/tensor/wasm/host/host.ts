import type { KernelThreadData } from './kernelThread.js'

/** A build of the kernels: with plain SIMD, or with relaxed SIMD, which has fused multiply-add. */
export type Variant = 'plain' | 'relaxed'

/**
 * What the kernels need of the place that they run in, and all that differs between Node.js (`node.ts`) and a browser (`browser.ts`).
 * The name `#host`, of the `imports` in package.json, stands for the one or the other.
 */
export interface Host {
  /** Threads that kernels run on, unless the user says otherwise. */
  readonly threads: number
  /** Have the engine accept relaxed SIMD, if it knows it but asks to be told. */
  enableRelaxedSimd(): void
  /** The packaged kernels; a promise where they have to be fetched. */
  kernels(variant: Variant): BufferSource | Promise<BufferSource>
  /** Start a thread that runs `serveKernels` with this data. It must not keep the process alive. */
  startThread(data: KernelThreadData): KernelThread
}

export interface KernelThread {
  terminate(): unknown
}
