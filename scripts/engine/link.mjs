/**
 * Makes the checkout's own Node.js the `node` of npm's scripts: node_modules/.bin/node. npm 11 makes this link itself; npm 10 removes it along with the packages
 * of other systems, whose command has the same name. Where the program does not start (another C library, an older system), the link is removed: the
 * Node.js that npm runs on takes its place.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const modules = fileURLToPath(new URL('../../node_modules/', import.meta.url))
const { optionalDependencies } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'))
const isWindows = process.platform === 'win32'
const programs = Object.keys(optionalDependencies).map((name) => `${name}/bin/node${isWindows ? '.exe' : ''}`)
const program = programs.find((path) => existsSync(modules + path))
const link = `${modules}.bin/node${isWindows ? '.cmd' : ''}`

if (!program || spawnSync(modules + program, ['--version']).status !== 0) {
  rmSync(link, { force: true })
  console.log(`no Node.js of the checkout's own starts here: its commands run on Node.js ${process.version}`)
} else if (!existsSync(link)) {
  rmSync(link, { force: true }) // a link to what is no longer there
  if (isWindows) writeFileSync(link, `@"%~dp0\\..\\${program.replaceAll('/', '\\')}" %*\r\n`)
  else symlinkSync(`../${program}`, link)
}
