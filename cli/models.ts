import Table from 'cli-table3'
import type { Command } from 'commander'
import { listModels } from '../src/models/registry.js'
import { plainTable } from './table.js'

/** Options that only a program would set. */
const internal = ['numClasses', 'seed', 'generator']

export function addModels(program: Command): void {
  program
    .command('models')
    .description('list the networks that can be built')
    .option('--json', 'one JSON array')
    .addHelpText('after', '\nExamples:\n  $ ghostgrad models\n  $ ghostgrad models --json')
    .action(({ json }: { json?: boolean }) => {
      const models = listModels().map(({ name, description, options }) => ({
        name,
        description,
        options: options.filter((option) => !internal.includes(option)),
      }))
      if (json) return console.log(JSON.stringify(models))
      const table = new Table({ ...plainTable, head: ['model', 'what it is', 'options'] })
      for (const { name, description, options } of models) table.push([name, description, options.join(', ')])
      console.log(table.toString())
    })
}
