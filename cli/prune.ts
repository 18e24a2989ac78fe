import Table from 'cli-table3'
import { type Command, Option } from 'commander'
import { pruningPlans } from '../src/prune/plans.js'
import { type PruneReport, pruneRun } from '../src/prune/pruneRun.js'
import { addSettings } from './flags.js'
import { percent, short } from './format.js'
import { addWeights, openModel } from './openModel.js'
import { plainTable } from './table.js'

interface PruneFlags {
  weights: string
  plan: string
  out: string
  json?: boolean
}

export function addPrune(program: Command): void {
  const plans = pruningPlans.map(({ name }) => name)
  const command = program
    .command('prune')
    .description('take whole filters out of a trained network: a smaller network, to be trained on a little')
    .requiredOption('--plan <name>', `how much goes, by layer (${plans.join(' | ')})`)
    .requiredOption('--out <path>', 'folder for the pruned weights')
    .addOption(
      new Option('--method <name>', 'which filters go first: l1, those with the smallest Σ|w|')
        .choices(['l1'])
        .default('l1'),
    )
    .option('--json', 'one JSON object: {plan, model, file, before, after, layers: [{name, filters, kept}]}')
  addWeights(command)
  addSettings(command, ['backend', 'threads'])
  command
    .addHelpText(
      'after',
      `
Examples:
  $ ghostgrad prune --weights runs/vgg16 --plan vgg16-A --out runs/l1-vgg16
  $ ghostgrad train --config configs/finetune.yaml --init runs/l1-vgg16`,
    )
    .action(({ weights, plan, out, json }: PruneFlags) => {
      const report = pruneRun(openModel(command, weights), plan, out)
      console.log(json ? JSON.stringify(report) : describe(report, out))
    })
}

function describe({ plan, model, before, after, layers }: PruneReport, folder: string): string {
  const table = new Table({ ...plainTable, head: ['layer', 'filters', 'kept'], colAligns: ['left', 'right', 'right'] })
  for (const { name, filters, kept } of layers) table.push([name, String(filters), String(kept.length)])
  const change = (what: 'params' | 'macs') =>
    `${short(before[what])} → ${short(after[what])} (−${percent(1 - after[what] / before[what])})`
  return [
    `${table}\n`,
    `${model} by plan ${plan}: weights ${change('params')}, multiply-adds ${change('macs')}`,
    `saved in ${folder}; train it on: npx ghostgrad train --config configs/finetune.yaml --init ${folder}`,
  ].join('\n')
}
