// Compiles assembly/ into dist/wasm/plain.wasm and dist/wasm/relaxed.wasm. Both come from the same source; the relaxed
// build may use fused multiply-add, the plain one runs on every engine with WebAssembly SIMD and threads.
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import asc from 'assemblyscript/asc'

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
mkdirSync('dist/wasm', { recursive: true })

const pages = 65536 // 4 GiB, the most that WebAssembly can address; the host chooses how much of it to reserve
const options = [
  ...['-O3', '--noAssert', '--runtime', 'stub', '--importMemory', '--sharedMemory'],
  ...['--initialMemory', '16', '--maximumMemory', String(pages), '--memoryBase', '8192'],
]

for (const variant of ['plain', 'relaxed']) {
  const features = variant === 'relaxed' ? 'simd,threads,relaxed-simd' : 'simd,threads'
  const output = `dist/wasm/${variant}.wasm`
  const { error, stderr } = await asc.main(['assembly/index.ts', '-o', output, '--enable', features, ...options])
  if (error) {
    console.error(stderr.toString())
    process.exit(1)
  }
}
