import type { KernelThreadData } from './kernelThread.js'

/**
 * A build of the kernels: with plain SIMD; with relaxed SIMD, which has fused multiply-add; or with relaxed SIMD and vectors
 * of 256 bits, which the engine makes of two neighbouring ones of 128.
 */
export type Variant = (typeof variants)[number]
export const variants = ['plain', 'relaxed', 'wide'] as const

/**
 * What the kernels need of the place that they run in, and all that differs between Node.js (`node.ts`) and a browser (`browser.ts`).
 * The name `#host`, of the `imports` in package.json, stands for the one or the other.
 */
export interface Host {
  /** Threads that kernels run on, unless the user says otherwise. */
  readonly threads: number
  /** The build to run in place of the best one: in Node.js the environment variable GHOSTGRAD_KERNELS. */
  readonly forcedVariant: string | undefined
  /** Have the engine accept relaxed SIMD, if it knows it but asks to be told. */
  enableRelaxedSimd(): void
  /** Have the engine merge vectors of 128 bits into vectors of 256; whether it does. */
  enableWideVectors(): boolean
  /** Whether what it merges computes the same: a self-check, once. */
  wideVectorsAgree(): boolean
  /** The packaged kernels; a promise where they have to be fetched. */
  kernels(variant: Variant): BufferSource | Promise<BufferSource>
  /** Start a thread that runs `serveKernels` with this data. It must not keep the process alive. */
  startThread(data: KernelThreadData): KernelThread
}

export interface KernelThread {
  terminate(): unknown
}
