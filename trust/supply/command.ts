import type { Command } from 'commander'
import { print, report } from '../print.js'
import { checkSupply } from './supply.js'

export function addSupply(program: Command): void {
  program
    .command('supply')
    .description('what ghostgrad is made of: kernels rebuilt, dependencies, lock file, bill of materials, advisories')
    .action(() => {
      const checks = checkSupply()
      print(
        ['what', 'found'],
        checks.map(({ what, found }) => [what, found]),
      )
      report(checks.filter(({ isGood }) => !isGood).map(({ what, found }) => `${what}: ${found}`))
    })
}
