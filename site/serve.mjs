// Serves the site on this machine: `node site/serve.mjs [PORT]`.
import { serve } from '../scripts/servePlayground.mjs'

const folder = new URL('../dist/site/', import.meta.url)
const port = Number(process.argv[2] ?? 8081)
try {
  const { url } = await serve(folder, { port })
  console.log(`the course is at ${url} (Ctrl-C ends it)`)
} catch (error) {
  console.error(`could not listen on port ${port}: ${error.message}; npm run site -- PORT takes another`)
  process.exit(1)
}
