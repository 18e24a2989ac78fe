import { type Command, Option } from 'commander'
import type { Communicator } from '../src/distributed/communicator.js'
import { ConfigError } from '../src/tensor/errors.js'
import { readRunConfig } from '../src/train/initLayer.js'
import { weightsPath } from '../src/train/latestRun.js'
import { yamlLayer } from '../src/train/readConfig.js'
import type { Run } from '../src/train/run.js'
import { resumeRun, startRun } from '../src/train/startRun.js'
import { dataProgress } from './dataProgress.js'
import { together } from './distributed.js'
import { say } from './errors.js'
import { addSettings, settingsLayer } from './flags.js'
import { count } from './format.js'
import { suggestNewerNode } from './olderNode.js'
import { Screen } from './screen.js'
import { jsonReport } from './trainJson.js'
import { screenReport, silentReport } from './trainReport.js'
import { trainRun } from './trainRun.js'

interface TrainFlags {
  config?: string
  resume?: string
  json?: boolean
  distributed?: 'mpi'
}

export function addTrain(program: Command): void {
  const command = program
    .command('train')
    .description('train a network, with a live line, logs and checkpoints; Ctrl-C saves')
    .option('--config <file>', 'YAML file of settings: the names below in camelCase; flags win over it')
    .option('--resume <path>', 'go on with a run, from its folder or a checkpoint file, to the same bits')
    .option('--json', 'one JSON object a line: logged steps, epochs, and the end')
    .addOption(
      new Option(
        '--distributed <how>',
        'one run by all processes that mpirun or srun launched, each with its share of every batch',
      ).choices(['mpi']),
    )
  addSettings(command)
  command
    .addHelpText(
      'after',
      `
Examples:
  $ ghostgrad train --model ghost-resnet56 --epochs 30 --label-smoothing 0.1
  $ ghostgrad train --config configs/speednet-90.yaml --epochs 10
  $ ghostgrad train --data cifar10-sample --model resnet20 --epochs 2
  $ ghostgrad train --init runs/my-run --lr 0.001 --schedule constant
  $ ghostgrad train --resume runs/my-run --epochs 40
  $ mpirun -n 4 ghostgrad train --distributed mpi --sync-bn --batch-size 256`,
    )
    .action((flags: TrainFlags) => together(flags.distributed, (communicator) => train(command, flags, communicator)))
}

async function train(
  command: Command,
  { config, resume, json }: TrainFlags,
  communicator: Communicator,
): Promise<void> {
  const isFirst = communicator.rank === 0
  const screen = new Screen(json || !isFirst ? process.stderr : process.stdout)
  const options = {
    communicator,
    ...(isFirst ? { onProgress: dataProgress(screen), onNote: (text: string) => screen.line(text) } : {}),
  }
  const flags = settingsLayer(command)
  if (resume !== undefined && config !== undefined) {
    throw new ConfigError('--resume and --config exclude each other: a run that is resumed has its own configuration')
  }
  const run =
    resume !== undefined
      ? await resumeRun(weightsPath(resume), flags, options)
      : await startRun(readRunConfig(...(config === undefined ? [] : [yamlLayer(config)]), flags), options)
  screen.clearLive()
  if (run.isDone) {
    const { step, epochs, best } = run.trainer.progress
    if (run.trainer.isOutOfPatience) {
      throw new ConfigError(
        `${run.folder} stopped early after ${count(epochs, 'epoch')}, as ${run.config.patience} brought nothing better than epoch ${best?.epoch}: ` +
          'to train on, give more --patience',
      )
    }
    throw new ConfigError(
      `${run.folder} is complete (${count(epochs, 'epoch')}, ${count(step, 'step')}): to train on, give more --epochs or --max-steps`,
    )
  }
  if (isFirst) suggestNewerNode()
  const report = !isFirst ? silentReport : json ? jsonReport(run) : screenReport(run, screen)
  if ((await trainRun(run, report)) === 'interrupted') sayStopped(run, isFirst)
}

function sayStopped(run: Run, isFirst: boolean): void {
  const { step, epochs } = run.trainer.progress
  const again = `npx ghostgrad train --resume ${run.folder}`
  if (isFirst) say(`stopped after step ${step} (${count(epochs, 'epoch')} done) and saved; go on with: ${again}`)
  process.exitCode = 130
}
