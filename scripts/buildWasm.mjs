// Compiles assembly/ into dist/wasm/plain.wasm and dist/wasm/relaxed.wasm. Both come from the same source; the relaxed
// build may use fused multiply-add, the plain one runs on every engine with WebAssembly SIMD and threads.
// Into another folder: node scripts/buildWasm.mjs FOLDER. The same source gives the same bytes; assembly/SHA256SUMS has their checksums.
import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import asc from 'assemblyscript/asc'

const folder = resolve(process.argv[2] ?? fileURLToPath(new URL('../dist/wasm', import.meta.url)))
process.chdir(fileURLToPath(new URL('..', import.meta.url)))
mkdirSync(folder, { recursive: true })

const pages = 65536 // 4 GiB, the most that WebAssembly can address; the host chooses how much of it to reserve
const options = [
  ...['-O3', '--noAssert', '--runtime', 'stub', '--importMemory', '--sharedMemory'],
  ...['--initialMemory', '16', '--maximumMemory', String(pages), '--memoryBase', '8192'],
]

for (const variant of ['plain', 'relaxed']) {
  const features = variant === 'relaxed' ? 'simd,threads,relaxed-simd' : 'simd,threads'
  const output = `${folder}/${variant}.wasm`
  const { error, stderr } = await asc.main(['assembly/index.ts', '-o', output, '--enable', features, ...options])
  if (error) {
    console.error(stderr.toString())
    process.exit(1)
  }
}
