import { readdir } from 'node:fs/promises'
import { basename, join, relative, resolve, sep } from 'node:path'
import { runFiles } from '../train/weights.js'

export interface FoundRun {
  /** Its folder below the one that was searched, with `/`; that folder's own name if it is the run itself. */
  id: string
  folder: string
}

const maxDepth = 4
const maxRuns = 1000

/** Every folder that holds a run, from `root` downwards. Links are not followed. */
export async function findRuns(root: string): Promise<FoundRun[]> {
  const found: FoundRun[] = []
  const search = async (folder: string, depth: number): Promise<void> => {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
    if (entries.some((entry) => entry.isFile() && entry.name === runFiles.config)) {
      const id = relative(root, folder).split(sep).join('/') || basename(resolve(root))
      found.push({ id, folder })
      return
    }
    if (depth === maxDepth) return
    for (const entry of entries) {
      if (found.length >= maxRuns) return
      if (!entry.isDirectory() || entry.name.startsWith('.') || entry.name === 'node_modules') continue
      await search(join(folder, entry.name), depth + 1)
    }
  }
  await search(root, 0)
  return found
}
