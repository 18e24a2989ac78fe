import { type KernelThreadData, serveKernels } from './kernelThread.js'

addEventListener('message', ({ data }: MessageEvent<KernelThreadData>) => serveKernels(data), { once: true })
