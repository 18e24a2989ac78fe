import { existsSync } from 'node:fs'
import type { BenchmarkTask } from '../src/train/benchmark.js'
import { inPackage, measureOurs, runProgram, type Setting } from './measure.js'
import { torchFrameworks } from './torch.js'

/** What one process measured. `batchSize` is smaller than asked where a step takes minutes. */
export interface Measurement {
  imagesPerSecond: number
  batchSize: number
  /** What computed: the build of the kernels, the instructions of the processor. */
  backend: string
}

/** A framework that is put beside the others, each measurement in a process of its own. */
export interface Framework {
  name: string
  /** What `--frameworks` calls it: PyTorch stands for all ways in which it runs. */
  family: string
  tasks: readonly BenchmarkTask[]
  /** Most threads that it uses; others than asked are left out. */
  maxThreads: number
  /** How to get it; null where it is there. */
  missing(): string | null
  measure(setting: Setting): Measurement
  /** Slower than others by so much that one round has to do. */
  isSlow?: true
}

const script = (name: string, file: string): Pick<Framework, 'name' | 'family' | 'measure'> => ({
  name,
  family: name,
  measure: (setting) => runProgram(process.execPath, [inPackage(`bench/peers/${file}`)], setting),
})

const needsPackage = (name: string) => () =>
  existsSync(inPackage(`bench/peers/node_modules/${name}`)) ? null : 'npm ci --prefix bench/peers'

/** All frameworks, with the PyTorch of each of these Pythons. */
export const frameworksFor = (pythons: readonly string[]): Framework[] => [
  {
    name: 'ghostgrad',
    family: 'ghostgrad',
    tasks: ['training', 'inference'],
    maxThreads: Number.POSITIVE_INFINITY,
    missing: () => null,
    measure: (setting) => {
      const { backend, ...result } = measureOurs(setting)
      return { ...result, backend: `${backend}, Node.js ${process.version}` }
    },
  },
  ...pythons.flatMap(torchFrameworks),
  {
    ...script('TensorFlow.js', 'tfjs.mjs'),
    tasks: ['training', 'inference'],
    maxThreads: 1,
    missing: needsPackage('@tensorflow/tfjs'),
    isSlow: true,
  },
  {
    ...script('jax-js', 'jax.mjs'),
    tasks: ['training', 'inference'],
    maxThreads: 1,
    missing: needsPackage('@jax-js/jax'),
    isSlow: true,
  },
  {
    ...script('onnxruntime-web', 'onnx.mjs'),
    tasks: ['inference'],
    maxThreads: Number.POSITIVE_INFINITY,
    missing: needsPackage('onnxruntime-web'),
  },
]
