import { statSync } from 'node:fs'
import { type Command, InvalidArgumentError } from 'commander'
import { isLoopback } from '../src/serve/guard.js'
import { DashboardServer } from '../src/serve/server.js'
import { ConfigError } from '../src/tensor/errors.js'
import { say } from './errors.js'
import { count } from './format.js'

export function addServe(program: Command): void {
  program
    .command('serve [runs]')
    .description('a dashboard of runs in the browser: live curves side by side, and what the newest weights show')
    .option('--port <n>', 'port to listen on; 0: any free one', parsePort, 6060)
    .option(
      '--host <address>',
      'address to listen on; anything but this machine is open to whoever reaches it',
      '127.0.0.1',
    )
    .addHelpText(
      'after',
      `
RUNS is a folder with runs in it, at any depth up to four, or a run's own (default: runs).

Examples:
  $ ghostgrad serve
  $ ghostgrad serve runs/reproduce --port 8080`,
    )
    .action(async (runs: string | undefined, { host, port }: { host: string; port: number }) => {
      const root = runs ?? 'runs'
      if (!statSync(root, { throwIfNoEntry: false })?.isDirectory()) {
        throw new ConfigError(`${root}: there is no such folder of runs; name one: ghostgrad serve FOLDER`)
      }
      const server = new DashboardServer({ root, host, port })
      const bound = await server.listen()
      const name = isLoopback(host) ? 'localhost' : host.includes(':') ? `[${host}]` : host
      console.log(`${count(await server.countRuns(), 'run')} in ${root}: http://${name}:${bound}/ (Ctrl-C ends it)`)
      if (!isLoopback(host)) say(`whoever can reach ${host}:${bound} sees these runs: there is no password`)
      const end = () => void server.close().then(() => process.exit())
      process.once('SIGINT', end).once('SIGTERM', end)
    })
}

function parsePort(text: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port >= 0 && port < 65536 && text.trim() !== '') return port
  throw new InvalidArgumentError('expected a whole number from 0 to 65535')
}
