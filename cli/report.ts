import type { Command } from 'commander'
import { createBackend } from '../src/defaultBackend.js'
import { makeReport } from '../src/report/report.js'
import { writeHtml, writeMarkdown } from '../src/report/write.js'
import { setBackend } from '../src/tensor/backend.js'
import { readConfig } from '../src/train/readConfig.js'
import { dataProgress } from './dataProgress.js'
import { say } from './errors.js'
import { addSettings, settingsLayer } from './flags.js'
import { count } from './format.js'
import { Screen } from './screen.js'

interface Flags {
  results: string
  runs: string
  out: string
  markdown?: string
  confusion?: string
}

export function addReport(program: Command): void {
  const command = program
    .command('report')
    .description("everything that `reproduce` has found, the paper's numbers beside ours: one HTML file, or Markdown")
    .option('--out <file>', 'the HTML file, which needs no other and no network', 'report.html')
    .option('--markdown <file>', 'a page in Markdown instead, its pictures in images/results beside it')
    .option('--confusion <run>', 'run of which the confusion matrix is shown (default: the most accurate one)')
    .option('--results <folder>', 'where results are kept', 'results')
    .option('--runs <folder>', 'where runs and checkpoints are kept', 'runs/reproduce')
  addSettings(command, ['dataDir', 'offline', 'evalBatchSize', 'backend', 'threads'])
  command
    .addHelpText(
      'after',
      `
What takes a run's weights (the confusion matrix, feature maps, Table 2) is computed where they are, and kept beside the result.

Examples:
  $ ghostgrad report
  $ ghostgrad report --markdown docs/results.md`,
    )
    .action(async ({ results, runs, out, markdown, confusion }: Flags) => {
      const { backend, threads, dataDir, offline, evalBatchSize } = readConfig(settingsLayer(command))
      setBackend(createBackend(backend, { threads }))
      const screen = new Screen(process.stderr)
      const report = await makeReport({
        folders: { results, runs },
        ...{ offline, evalBatchSize, onProgress: dataProgress(screen) },
        ...(dataDir === undefined ? {} : { dataDir }),
        ...(confusion === undefined ? {} : { confusionOf: confusion }),
        onCompute: (file) => screen.line(`computing ${file}`),
      })
      if (report.runs.length === 0) say(`no results in ${results} yet: npx ghostgrad reproduce table5 makes some`)
      const files = markdown === undefined ? [out] : writeMarkdown(report, markdown)
      if (markdown === undefined) writeHtml(report, out)
      console.log(
        `${count(report.runs.length, 'run')} in ${files[0]}${files.length > 1 ? `, ${files.length - 1} pictures` : ''}`,
      )
    })
}
