import { execFileSync } from 'node:child_process'
import { inPackage, runProgram } from './measure.js'
import type { Framework } from './peers.js'

/** How PyTorch can run a network; the last computes in half of the bits and is a column of its own. */
const modes: readonly { name: string; flags: readonly string[]; compiles: boolean }[] = [
  { name: 'eager', flags: [], compiles: false },
  { name: 'channels_last', flags: ['--channels-last'], compiles: false },
  { name: 'compiled', flags: ['--compile'], compiles: true },
  { name: 'compiled, channels_last', flags: ['--compile', '--channels-last'], compiles: true },
  { name: 'bfloat16', flags: ['--bfloat16'], compiles: false },
]

/** Has glibc keep all memory that it once got (2^35 bytes), for the same reason as pytorch.py says. */
const keepMemory = { MALLOC_MMAP_THRESHOLD_: '34359738368', MALLOC_TRIM_THRESHOLD_: '34359738368' }

/** Whether a framework's speed is one of PyTorch's in 32-bit floats, by its name. */
export const isFloat32Torch = (name: string): boolean => name.startsWith('PyTorch') && !isBfloat16Torch(name)

export const isBfloat16Torch = (name: string): boolean => name.startsWith('PyTorch') && name.endsWith('bfloat16')

/** The PyTorch of a Python in each mode that it has, or one framework that is missing. */
export function torchFrameworks(python: string): Framework[] {
  const found = probe(python)
  const framework = (name: string, flags: readonly string[]): Framework => ({
    name,
    family: 'PyTorch',
    tasks: ['training', 'inference'],
    maxThreads: Number.POSITIVE_INFINITY,
    missing: () => (found ? null : `${python} -m pip install torch, or another Python by --python`),
    measure: (setting) => runProgram(python, [inPackage('bench/peers/pytorch.py'), ...flags], setting, keepMemory),
  })
  if (!found) return [framework(`PyTorch (${python})`, [])]
  return modes
    .filter(({ compiles }) => found.compiles || !compiles)
    .map(({ name, flags }) => framework(`PyTorch ${found.version} ${name}`, flags))
}

/** The release, without what it was built for, and whether it is one that compiles; null without PyTorch. */
function probe(python: string): { version: string; compiles: boolean } | null {
  const code = 'import torch, json; print(json.dumps([torch.__version__, hasattr(torch, "compile")]))'
  try {
    const line = execFileSync(python, ['-c', code], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    const [version, compiles] = JSON.parse(line) as [string, boolean]
    return { version: version.replace(/\+.*/, ''), compiles }
  } catch {
    return null
  }
}
