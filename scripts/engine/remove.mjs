/** Removes the checkout's own Node.js where it does not start (another C library, an older system): the one that npm runs on takes its place. */
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

rmSync(fileURLToPath(new URL('../../node_modules/.bin/node', import.meta.url)), { force: true })
console.log(`this checkout's Node.js does not start here: its commands run on Node.js ${process.version}`)
