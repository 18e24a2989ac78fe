/**
 * Makes `ghostgrad` a command of the checkout: node_modules/.bin/ghostgrad runs dist/cli/main.js. npm links the commands of dependencies only, not that of the
 * package itself; `npx ghostgrad` would depend on the link that npm makes in its cache at the first call.
 */
import { chmodSync, existsSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url))

chmodSync(at('dist/cli/main.js'), 0o755) // the compiler writes plain files
if (existsSync(at('node_modules/.bin'))) {
  const link = at('node_modules/.bin/ghostgrad')
  if (process.platform === 'win32') {
    writeFileSync(`${link}.cmd`, '@node "%~dp0\\..\\..\\dist\\cli\\main.js" %*\r\n')
  } else {
    rmSync(link, { force: true })
    symlinkSync('../../dist/cli/main.js', link)
  }
}
