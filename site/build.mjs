// Builds the site: `node site/build.mjs [FOLDER]`, by default dist/site. SITE_BASE=/path/ makes it for a host's folder of that name.
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const args = process.argv.slice(2)
const withApi = !args.includes('--no-api')
const out = resolve(args.find((arg) => !arg.startsWith('--')) ?? `${root}dist/site`)

/** Run a tool of the checkout; its output is shown where it fails. */
function run(tool, ...args) {
  const env = { ...process.env, SITE_OUT: out, NODE_ENV: 'production' }
  const options = { cwd: root, env, encoding: 'utf8' }
  const { status, stdout, stderr } = spawnSync('npx', ['--no-install', tool, ...args], options)
  if (status === 0) return
  console.error(`${tool} ${args.join(' ')}\n${stdout}${stderr}`)
  process.exit(1)
}

run('vitepress', 'build', 'site') // first: it empties the folder
run('vite', 'build', '--config', 'site/worker/vite.config.ts', '--outDir', `${out}/engine`, '--logLevel', 'error')
run('vite', 'build', 'playground', '--outDir', `${out}/playground`, '--logLevel', 'error')
if (withApi) run('typedoc', '--out', `${out}/api`)
console.log(`the site is in ${out}`)
