import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { BenchmarkTask } from '../src/train/benchmark.js'
import { inPackage, measureOurs, runProgram, type Setting } from './measure.js'

/** What one process measured. `batchSize` is smaller than asked where a step takes minutes. */
export interface Measurement {
  imagesPerSecond: number
  batchSize: number
}

/** A framework that is put beside the others, each measurement in a process of its own. */
export interface Framework {
  name: string
  tasks: readonly BenchmarkTask[]
  /** Most threads that it uses; others than asked are left out. */
  maxThreads: number
  /** How to get it; null where it is there. */
  missing(): string | null
  measure(setting: Setting): Measurement
  /** Slower than others by so much that one round has to do. */
  isSlow?: true
}

const python = '/usr/bin/python3'

const hasModule = (name: string): boolean => {
  try {
    execFileSync(python, ['-c', `import ${name}`], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** The Debian packages that PyTorch's benchmarks lack; null if none. */
function lacksTorch(): string | null {
  const lacking = ['torch', 'torchvision'].filter((name) => !hasModule(name)).map((name) => `python3-${name}`)
  return lacking.length > 0 ? `apt install ${lacking.join(' ')}` : null
}

const script = (name: string, program: string, file: string): Pick<Framework, 'name' | 'measure'> => ({
  name,
  measure: (setting) => runProgram(program, [inPackage(`bench/peers/${file}`)], setting),
})

const needsPackage = (name: string) => () =>
  existsSync(inPackage(`bench/peers/node_modules/${name}`)) ? null : 'npm ci --prefix bench/peers'

export const frameworks: readonly Framework[] = [
  {
    name: 'ghostgrad',
    tasks: ['training', 'inference'],
    maxThreads: Number.POSITIVE_INFINITY,
    missing: () => null,
    measure: measureOurs,
  },
  {
    ...script('PyTorch', python, 'pytorch.py'),
    tasks: ['training', 'inference'],
    maxThreads: Number.POSITIVE_INFINITY,
    missing: lacksTorch,
  },
  {
    ...script('TensorFlow.js', process.execPath, 'tfjs.mjs'),
    tasks: ['training', 'inference'],
    maxThreads: 1,
    missing: needsPackage('@tensorflow/tfjs'),
    isSlow: true,
  },
  {
    ...script('jax-js', process.execPath, 'jax.mjs'),
    tasks: ['training', 'inference'],
    maxThreads: 1,
    missing: needsPackage('@jax-js/jax'),
    isSlow: true,
  },
  {
    ...script('onnxruntime-web', process.execPath, 'onnx.mjs'),
    tasks: ['inference'],
    maxThreads: Number.POSITIVE_INFINITY,
    missing: needsPackage('onnxruntime-web'),
  },
]
