import { ConfigError, GhostgradError } from '../../tensor/errors.js'

/** Who launched this process, and as one of how many, by the environment; null where nobody did. */
export function launchedBy(environment = process.env): { launcher: string; processes: number } | null {
  for (const [variable, launcher] of [
    ['OMPI_COMM_WORLD_SIZE', 'Open MPI'],
    ['PMI_SIZE', 'MPICH'],
    ['SLURM_STEP_NUM_TASKS', 'srun'],
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

/** Begins something that all processes take part in. @returns a function that tells whether this process's part is done */
type Begin<Arguments extends unknown[]> = (...args: Arguments) => () => boolean

/** The functions of MPI that are used here, with the world communicator and bytes filled in; a failure ends all processes. */
export interface MpiLibrary {
  /** Name and version, as the library gives them. */
  readonly version: string
  init(): void
  finalize(): void
  rank(): number
  size(): number
  abort(code: number): void
  barrier: Begin<[]>
  broadcast: Begin<[bytes: ArrayBufferView, count: number, root: number]>
  /** `count`: bytes of each process. */
  allGather: Begin<[send: ArrayBufferView, receive: ArrayBufferView, count: number]>
  /** `count`: bytes for each process. */
  allToAll: Begin<[send: ArrayBufferView, receive: ArrayBufferView, count: number]>
}

/** Load the MPI library that belongs to the launcher, by koffi. @throws ConfigError if koffi or the library is missing */
export async function loadMpi(): Promise<MpiLibrary> {
  const koffi = await loadKoffi()
  // UCX, below MPI, tries out its watch over memory by moving the end of the heap up and back again. What another thread of this process
  // took there in between is gone: a crash now and then.
  process.env.UCX_MEM_EVENTS ??= 'no'
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

type Koffi = typeof import('koffi').default

async function loadKoffi(): Promise<Koffi> {
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
  if (launchedBy()?.launcher === 'Open MPI') return [openMpi]
  // Under srun, PMIx is for Open MPI, and PMI 2 for MPICH.
  return process.env.PMIX_RANK === undefined ? [...mpich, openMpi, 'libmpi.so'] : [openMpi, ...mpich, 'libmpi.so']
}

type Library = ReturnType<Koffi['load']>

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
  const barrier = declare('Ibarrier', handle, 'void *')
  const broadcast = declare('Ibcast', ...buffer, 'int', handle, 'void *')
  const allGather = declare('Iallgather', ...buffer, ...buffer, handle, 'void *')
  const allToAll = declare('Ialltoall', ...buffer, ...buffer, handle, 'void *')
  const test = declare('Test', 'void *', 'void *', 'void *')
  let running: unknown // keeps its arrays from the collector
  const begin = (call: (request: BigInt64Array) => void): (() => boolean) => {
    const request = new BigInt64Array(1) // room for either kind of handle
    running = call
    call(request)
    return () => running !== undefined && asNumber((flag) => test(request, flag, statusIgnore)) !== 0
  }
  return {
    version,
    init: () => init(null, null, funneled, new Int32Array(1)),
    finalize: () => finalize(),
    rank: () => asNumber((result) => rank(world, result)),
    size: () => asNumber((result) => size(world, result)),
    abort: (code) => abort(world, code),
    barrier: () => begin((request) => barrier(world, request)),
    broadcast: (bytes, count, root) => begin((request) => broadcast(bytes, count, byte, root, world, request)),
    allGather: (send, receive, count) =>
      begin((request) => allGather(send, count, byte, receive, count, byte, world, request)),
    allToAll: (send, receive, count) =>
      begin((request) => allToAll(send, count, byte, receive, count, byte, world, request)),
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
  throw new ConfigError(
    `expected MPICH (or a library that is binary compatible) or Open MPI, got ${version.split('\n')[0]}`,
  )
}
