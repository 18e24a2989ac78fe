import { fileURLToPath } from 'node:url'
import { workerUrl } from '../src/workerUrl.js'

/** The built command: what a command runs in processes of their own. */
export const mainScript = fileURLToPath(workerUrl(import.meta.url, 'main'))
