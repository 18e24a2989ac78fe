import { type RootCommand, ShellCompDirective } from '@bomb.sh/tab'
import tab from '@bomb.sh/tab/commander'
import type { Command } from 'commander'
import { datasetNames } from '../src/data/loadDataset.js'
import { augmentPresets } from '../src/data/transforms.js'
import { paperTables } from '../src/experiments/paper.js'
import { listModels } from '../src/models/registry.js'
import { type ConfigKey, configFields } from '../src/train/config.js'
import { choicesOf, flagOf } from './flags.js'

/** Completes names in a shell. Everything about the library that does it is in this file; the commands must be there already. */
export function addCompletion(program: Command): void {
  const root = tab(program, { completionCommandName: 'completion' })
  completeFiles(root)
  const models = listModels().map(({ name, description }) => ({ name, description }))
  const datasets = datasetNames.map((name) => ({ name, description: '' }))
  const tables = [...paperTables.map(({ id }) => id), 'all'].map((name) => ({ name, description: '' }))
  const policies = Object.keys(augmentPresets).map((name) => ({ name, description: '' }))
  const named: Record<string, typeof models> = { model: models, data: datasets, augment: policies }
  for (const command of root.commands.values()) {
    for (const key of Object.keys(configFields) as ConfigKey[]) {
      const option = command.options.get(flagOf(key).slice(2))
      const values = named[key] ?? choicesOf(key).map((name) => ({ name, description: '' }))
      if (!option || values.length === 0) continue
      option.handler = (complete) => {
        for (const { name, description } of values) complete(name, description)
      }
    }
    for (const [name, argument] of command.arguments) {
      const values = command.value === 'data' ? datasets : name === 'model' ? models : name === 'table' ? tables : []
      if (values.length === 0) continue
      argument.handler = (complete) => {
        for (const value of values) complete(value.name, value.description)
      }
    }
  }
  program.commands
    .find((command) => command.name() === 'completion')!
    .description('a script that completes commands, flags and names in a shell')
    .addHelpText(
      'after',
      `
Examples:
  $ source <(ghostgrad completion bash)
  $ ghostgrad completion zsh > ~/.zfunc/_ghostgrad
  $ ghostgrad completion fish > ~/.config/fish/completions/ghostgrad.fish`,
    )
}

/** What the library's script for bash takes from the package bash-completion, for shells that do not have it; and files. */
const bashExtras = `
declare -F _get_comp_words_by_ref > /dev/null || _get_comp_words_by_ref() {
    cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} words=("\${COMP_WORDS[@]}") cword=$COMP_CWORD
}
complete -o default -F __ghostgrad_complete ghostgrad`

/** Where the library has nothing to offer (a path of weights, images) it would have the shell offer nothing either: let it offer files. */
function completeFiles(root: RootCommand): void {
  Object.defineProperty(root, 'directive', {
    get: () =>
      root.completions.length === 0
        ? ShellCompDirective.ShellCompDirectiveDefault
        : ShellCompDirective.ShellCompDirectiveNoFileComp,
    set: () => {}, // the library sets it to the latter each time
  })
  const setup = root.setup.bind(root)
  root.setup = (name, executable, shell) => {
    setup(name, executable, shell)
    if (shell === 'bash') console.log(bashExtras)
  }
}
