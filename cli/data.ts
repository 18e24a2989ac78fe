import Table from 'cli-table3'
import type { Command } from 'commander'
import { describeCache } from '../src/data/cache.js'
import type { OnProgress } from '../src/data/progress.js'
import { dataKeys, openData } from '../src/train/openData.js'
import { readConfig } from '../src/train/readConfig.js'
import { dataProgress } from './dataProgress.js'
import { describeOwn } from './dataReport.js'
import { addSettings, settingsLayer } from './flags.js'
import { bytes, integer } from './format.js'
import { Screen } from './screen.js'
import { plainTable } from './table.js'

export function addData(program: Command): void {
  const command = program
    .command('data [name]')
    .description(
      'fetch and verify a data set by name (cifar10 by default, 180 MB), or look at images of your own by path',
    )
    .option('--from <path>', 'take it from a local copy: the binary or Python .tar.gz, or its folder')
    .option(
      '--json',
      'one JSON object: {name, folder, files, train, test}; of your own images {name, train, test, report}',
    )
  addSettings(
    command,
    dataKeys.filter((key) => key !== 'data' && key !== 'skipBad'),
  )
  command
    .addHelpText(
      'after',
      `
Examples:
  $ ghostgrad data cifar10
  $ ghostgrad data cifar10 --from ~/Downloads/cifar-10-python.tar.gz
  $ ghostgrad data cifar10 --offline --json
  $ ghostgrad data photos --image-size 64
  $ ghostgrad data photos.zip --labels labels.csv --label-column breed
  $ ghostgrad data photos/list.csv --json`,
    )
    .action(async (name = 'cifar10', { from, json }: { from?: string; json?: boolean }) => {
      const screen = new Screen(json ? process.stderr : process.stdout)
      const config = readConfig({ values: { data: name }, label: () => 'data' }, settingsLayer(command))
      const more = { onProgress: quietly(dataProgress(screen)), skipBad: true, ...(from === undefined ? {} : { from }) }
      const { train, test, validation, report } = await openData(config, more)
      screen.clearLive()
      const counts = { train: train.count, ...(validation ? { val: validation.count } : {}), test: test.count }
      if (report) return console.log(json ? JSON.stringify({ name, ...counts, report }) : describeOwn(name, report))
      const { folder, files } = name === 'cifar10' ? await describeCache(config.dataDir) : { folder: null, files: [] }
      if (json) return console.log(JSON.stringify({ name, folder, files, ...counts }))
      if (folder !== null) console.log(`${folder}\n${describe(files)}\n`)
      console.log(`${name}: ${integer(train.count)} training and ${integer(test.count)} test images`)
    })
}

/** What the report says again is not said while images are read. */
const quietly =
  (onProgress: OnProgress): OnProgress =>
  (event) => {
    if (event.stage !== 'note') onProgress(event)
  }

function describe(files: Awaited<ReturnType<typeof describeCache>>['files']): string {
  const table = new Table({ ...plainTable, head: ['file', 'size', 'md5', 'status'], colAligns: ['left', 'right'] })
  for (const file of files) table.push([file.name, bytes(file.bytes), file.md5 ?? '', file.status])
  return table.toString()
}
