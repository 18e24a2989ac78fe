import Table from 'cli-table3'
import type { Command } from 'commander'
import { describeCache } from '../src/data/cache.js'
import { loadDataset } from '../src/data/loadDataset.js'
import { readConfig } from '../src/train/readConfig.js'
import { dataProgress } from './dataProgress.js'
import { addSettings, settingsLayer } from './flags.js'
import { bytes, integer } from './format.js'
import { Screen } from './screen.js'
import { plainTable } from './table.js'

export function addData(program: Command): void {
  const command = program
    .command('data [name]')
    .description('fetch and verify a data set: cifar10 (the default, 180 MB) or cifar10-sample (in the package)')
    .option('--from <path>', 'take it from a local copy: the binary or Python .tar.gz, or its folder')
    .option('--json', 'one JSON object: {name, folder, files, train, test}')
  addSettings(command, ['dataDir', 'offline'])
  command
    .addHelpText(
      'after',
      `
Examples:
  $ ghostgrad data cifar10
  $ ghostgrad data cifar10 --from ~/Downloads/cifar-10-python.tar.gz
  $ ghostgrad data cifar10 --offline --json`,
    )
    .action(async (name = 'cifar10', { from, json }: { from?: string; json?: boolean }) => {
      const { dataDir, offline } = readConfig(settingsLayer(command))
      const screen = new Screen(json ? process.stderr : process.stdout)
      const { train, test } = await loadDataset(name, {
        offline,
        onProgress: dataProgress(screen),
        ...(dataDir === undefined ? {} : { dataDir }),
        ...(from === undefined ? {} : { from }),
      })
      screen.clearLive()
      const { folder, files } = name === 'cifar10' ? await describeCache(dataDir) : { folder: null, files: [] }
      if (json) return console.log(JSON.stringify({ name, folder, files, train: train.count, test: test.count }))
      if (folder !== null) console.log(`${folder}\n${describe(files)}\n`)
      console.log(`${name}: ${integer(train.count)} training and ${integer(test.count)} test images`)
    })
}

function describe(files: Awaited<ReturnType<typeof describeCache>>['files']): string {
  const table = new Table({ ...plainTable, head: ['file', 'size', 'md5', 'status'], colAligns: ['left', 'right'] })
  for (const file of files) table.push([file.name, bytes(file.bytes), file.md5 ?? '', file.status])
  return table.toString()
}
