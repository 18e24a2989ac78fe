import { fileURLToPath } from 'node:url'

/** A page has no threads of Node.js: what would start one gets a module that says so. */
export const engine = {
  'node:worker_threads': fileURLToPath(new URL('./noThreads.ts', import.meta.url)),
}
