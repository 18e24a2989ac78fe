import { workerData } from 'node:worker_threads'
import { type KernelThreadData, serveKernels } from './kernelThread.js'

serveKernels(workerData as KernelThreadData)
