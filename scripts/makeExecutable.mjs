// The compiler writes plain files; `npx ghostgrad` in a checkout runs the program through a link that npm may have made
// for an earlier build, and does not set the permission anew.
import { chmodSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

chmodSync(fileURLToPath(new URL('../dist/cli/main.js', import.meta.url)), 0o755)
