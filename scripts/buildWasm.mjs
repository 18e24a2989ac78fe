// Compiles assembly/ into dist/wasm/plain.wasm, relaxed.wasm and wide.wasm, and the self-check of the last. All come from the same source: the relaxed
// build may use fused multiply-add, the wide one (widen.mjs) has vectors of 256 bits besides, and the plain one runs on
// every engine with WebAssembly SIMD and threads.
// Into another folder: node scripts/buildWasm.mjs FOLDER. The same source gives the same bytes; assembly/SHA256SUMS has
// their checksums.
import { mkdirSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import asc from 'assemblyscript/asc'
import { widen } from './widen.mjs'

const folder = resolve(process.argv[2] ?? fileURLToPath(new URL('../dist/wasm', import.meta.url)))
process.chdir(fileURLToPath(new URL('..', import.meta.url)))
mkdirSync(folder, { recursive: true })

const pages = '65536' // 4 GiB, the most that WebAssembly can address; the host chooses how much of it to reserve
const memory = ['--importMemory', '--sharedMemory', '--initialMemory', '16', '--maximumMemory', pages]

/** The bytes that a module of assembly/ compiles to. */
async function compile(entry, features, options) {
  const common = ['--enable', features, '--noAssert', '--runtime', 'stub', '--memoryBase', '8192']
  let binary
  const writeFile = (name, contents) => {
    if (name === 'kernels.wasm') binary = contents
  }
  const { error, stderr } = await asc.main([`assembly/${entry}.ts`, '-o', 'kernels.wasm', ...common, ...options], {
    writeFile,
  })
  if (error) {
    console.error(stderr.toString())
    process.exit(1)
  }
  return binary
}

const relaxed = 'simd,threads,relaxed-simd'
// `WIDE` need only be defined, as anything: see assembly/simd.ts. What is widened is optimized afterwards.
const unoptimized = ['--debug', '--use', 'WIDE=i32']

writeFileSync(`${folder}/plain.wasm`, await compile('index', 'simd,threads', ['-O3', ...memory]))
writeFileSync(`${folder}/relaxed.wasm`, await compile('index', relaxed, ['-O3', ...memory]))
writeFileSync(`${folder}/wide.wasm`, widen(await compile('index', relaxed, [...unoptimized, ...memory])))
// The self-check of the wide build has a small memory of its own.
const small = ['--initialMemory', '8']
writeFileSync(`${folder}/check.wasm`, await compile('check', relaxed, ['-O3', ...small]))
writeFileSync(`${folder}/checkWide.wasm`, widen(await compile('check', relaxed, [...unoptimized, ...small])))
