/**
 * Builds the checkout after `npm ci` and before it is packed. `npx ghostgrad` asks for it too, as it links the checkout into npm's cache at
 * the first call: what is built already is then left alone.
 */
import { execSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const isBuilt = existsSync(`${root}dist/cli/main.js`)
if (!(isBuilt && process.env.npm_command === 'exec')) execSync('npm run build', { cwd: root, stdio: 'inherit' })
