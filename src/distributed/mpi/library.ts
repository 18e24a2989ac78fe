import { ConfigError, GhostgradError } from '../../tensor/errors.js'

/** Where the program has launched us, or null: how many processes the launcher says there are, and whose environment says so. */
export function launchedBy(environment = process.env): { launcher: string; processes: number } | null {
  for (const [variable, launcher] of [
    ['OMPI_COMM_WORLD_SIZE', 'Open MPI'],
    ['PMI_SIZE', 'MPICH'],
  ] as const) {
    const processes = Number(environment[variable])
    if (processes >= 1) return { launcher, processes }
  }
  return null
}

/** What differs between the implementations: the binary interface of Open MPI, and that of MPICH, Intel MPI, MVAPICH and Cray. */
interface Abi {
  /** C type of handles. */
  readonly handle: string
  /** Handles of the communicator of all processes and of the type of single bytes. */
  readonly world: unknown
  readonly byte: unknown
  /** `MPI_STATUS_IGNORE` */
  readonly statusIgnore: bigint | null
}

type Pointer = ArrayBufferView

/** The functions of MPI that are used here, with the world communicator and bytes filled in; a failure ends all processes. */
export interface MpiLibrary {
  /** Name and version, as the library gives them. */
  readonly version: string
  init(): void
  finalize(): void
  rank(): number
  size(): number
  abort(code: number): void
  /** @param count bytes of each process */
  allGather(send: Pointer, receive: Pointer, count: number): void
  /** @param count bytes for each process */
  allToAll(send: Pointer, receive: Pointer, count: number): void
  broadcast(bytes: Pointer, count: number, root: number): void
  /** Begin a barrier. @returns a function that tells whether all have come */
  barrier(): () => boolean
}

/** Load the MPI library that belongs to the launcher, by koffi. @throws ConfigError if koffi or the library is missing */
export async function loadMpi(): Promise<MpiLibrary> {
  const koffi = await loadKoffi()
  const names = libraryNames()
  const failures: string[] = []
  for (const name of names) {
    try {
      // Open MPI's own plug-ins look for its symbols among the global ones.
      return bind(koffi.load(name, { global: true }))
    } catch (error) {
      if (error instanceof GhostgradError) throw error
      failures.push((error as Error).message)
    }
  }
  throw new ConfigError(
    `no MPI library to be loaded (tried ${names.join(', ')}: ${failures[0]}): install MPICH or Open MPI, or add its folder to LD_LIBRARY_PATH`,
  )
}

async function loadKoffi(): Promise<typeof import('koffi')> {
  try {
    return (await import('koffi')).default
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new ConfigError('MPI is called by a package that is not installed: npm install koffi@3')
  }
}

/** Names of the shared library, the likeliest first. */
function libraryNames(): string[] {
  if (process.platform === 'darwin') return ['libmpi.dylib']
  const openMpi = 'libmpi.so.40'
  const mpich = ['libmpich.so.12', 'libmpi.so.12']
  return launchedBy()?.launcher === 'Open MPI' ? [openMpi] : [...mpich, openMpi, 'libmpi.so']
}

type Library = ReturnType<typeof import('koffi').load>

function bind(library: Library): MpiLibrary {
  const version = readVersion(library)
  const { handle, world, byte, statusIgnore } = abiOf(version, library)
  const declare = (name: string, ...types: string[]) => library.func(`MPI_${name}`, 'int', types)
  const number = new Int32Array(1)
  const asNumber = (call: (result: Int32Array) => void): number => {
    call(number)
    return number[0]!
  }
  const init = declare('Init_thread', 'void *', 'void *', 'int', 'void *')
  const finalize = declare('Finalize')
  const rank = declare('Comm_rank', handle, 'void *')
  const size = declare('Comm_size', handle, 'void *')
  const abort = declare('Abort', handle, 'int')
  const buffer = ['void *', 'int', handle]
  const allGather = declare('Allgather', ...buffer, ...buffer, handle)
  const allToAll = declare('Alltoall', ...buffer, ...buffer, handle)
  const broadcast = declare('Bcast', ...buffer, 'int', handle)
  const barrier = declare('Ibarrier', handle, 'void *')
  const test = declare('Test', 'void *', 'void *', 'void *')
  return {
    version,
    init: () => init(null, null, funneled, new Int32Array(1)),
    finalize: () => finalize(),
    rank: () => asNumber((result) => rank(world, result)),
    size: () => asNumber((result) => size(world, result)),
    abort: (code) => abort(world, code),
    allGather: (send, receive, count) => allGather(send, count, byte, receive, count, byte, world),
    allToAll: (send, receive, count) => allToAll(send, count, byte, receive, count, byte, world),
    broadcast: (bytes, count, root) => broadcast(bytes, count, byte, root, world),
    barrier: () => {
      const request = new BigInt64Array(1) // room for either kind of handle
      barrier(world, request)
      return () => asNumber((flag) => test(request, flag, statusIgnore)) !== 0
    },
  }
}

/** `MPI_THREAD_FUNNELED`: there are threads, and one of them alone calls MPI. */
const funneled = 1

function readVersion(library: Library): string {
  const text = Buffer.alloc(8192) // the longest that a library may give
  library.func('MPI_Get_library_version', 'int', ['void *', 'void *'])(text, new Int32Array(1))
  return text.toString('utf8', 0, text.indexOf(0))
}

function abiOf(version: string, library: Library): Abi {
  if (/^Open MPI/.test(version)) {
    const [world, byte] = ['ompi_mpi_comm_world', 'ompi_mpi_byte'].map((name) => library.symbol(name))
    return { handle: 'void *', world, byte, statusIgnore: null }
  }
  if (/MPICH|Intel\(R\) MPI|MVAPICH|CRAY/i.test(version)) {
    return { handle: 'int', world: 0x44000000, byte: 0x4c00010d, statusIgnore: 1n }
  }
  throw new ConfigError(`expected MPICH (or a library that is binary compatible) or Open MPI, got ${version.split('\n')[0]}`)
}
