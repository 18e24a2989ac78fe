import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

type ReadText = (path: string) => string | null

const readText: ReadText = (path) => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null // not Linux, or no such limit
  }
}

/**
 * Cores that a control group of Linux lets a process use, such as a container's quota, which Node.js 20 does not heed; infinite without.
 * (https://docs.kernel.org/admin-guide/cgroup-v2.html, cpu.max; of version 1 cpu.cfs_quota_us)
 */
export function coreQuota(read: ReadText = readText): number {
  const groups = (read('/proc/self/cgroup') ?? '').split('\n').map((line) => line.split(':'))
  const own = groups.find(([id, kinds]) => id === '0' && kinds === '')?.[2] ?? '/'
  let least = Number.POSITIVE_INFINITY
  for (let path = own; ; path = path.slice(0, path.lastIndexOf('/'))) {
    const [quota, period] = (read(`/sys/fs/cgroup${path === '/' ? '' : path}/cpu.max`) ?? '')
      .trim()
      .split(' ')
      .map(Number)
    if (quota! > 0 && period! > 0) least = Math.min(least, quota! / period!)
    if (path === '' || path === '/') break
  }
  const quota = Number(read('/sys/fs/cgroup/cpu/cpu.cfs_quota_us') ?? -1)
  const period = Number(read('/sys/fs/cgroup/cpu/cpu.cfs_period_us') ?? 0)
  return quota > 0 && period > 0 ? Math.min(least, quota / period) : least
}

/** Cores that this process may use. */
export const availableCores = (): number => Math.max(1, Math.min(availableParallelism(), Math.ceil(coreQuota())))
