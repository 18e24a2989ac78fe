import { Conv2d } from '../nn/conv2d.js'
import type { Module } from '../nn/module.js'
import type { Parameter } from '../nn/parameter.js'
import { AdamW } from '../optim/adamW.js'
import { decayGroups } from '../optim/groups.js'
import { JointOptimizer, type JointPart, type Stepping } from '../optim/jointOptimizer.js'
import { Muon } from '../optim/muon.js'
import type { NamedTensor } from '../optim/namedTensors.js'
import type { Optimizer } from '../optim/optimizer.js'
import { SGD } from '../optim/sgd.js'
import { buildSchedule } from './buildSchedule.js'
import { defaultLrs, type RunConfig } from './config.js'
import type { ParamGroup } from './paramGroups.js'
import { type NameTest, namePattern } from './patterns.js'

type Rule = RunConfig['optimizer']

/** How some of the parameters are updated. */
interface Part {
  params: NamedTensor[]
  rule: Rule
  /** What differs from the run's settings. */
  group: Partial<ParamGroup>
}

/** Parameters that are updated by the same settings, by their names. */
interface Choice {
  fits: NameTest
  parts: { main: Part; rest: Part }
}

/** Settings of the parameters that Muon leaves, where no group says anything else. */
const besideMuon: Partial<ParamGroup> = { lr: defaultLrs.sgd, momentum: 0.9 }

/**
 * The optimizer of a run: one rule for all parameters, or several, each with its own. Muon is for the weights of
 * convolutions whose filters see all channels; the rest, where no group names it, is for SGD with Nesterov's momentum.
 */
export function buildOptimizer(config: RunConfig, model: Module, stepsPerEpoch: number): Stepping {
  const parts = partsOf(config, model).filter(({ params }) => params.length > 0)
  const made = parts.map((part): JointPart => {
    const { group } = part
    const hasOwnCourse = [group.schedule, group.warmupEpochs, group.minLr, group.epochs].some((v) => v !== undefined)
    const settings = { ...settingsOf(part, config), lr: lrOf(part, config) }
    return {
      optimizer: optimizerOf(part, config),
      schedule: hasOwnCourse ? buildSchedule(settings, stepsPerEpoch) : undefined,
      steps: group.epochs === undefined ? undefined : group.epochs * stepsPerEpoch,
    }
  })
  const [first] = made
  return made.length === 1 && !first!.schedule ? first!.optimizer : new JointOptimizer(made)
}

function partsOf({ optimizer, paramGroups = [] }: RunConfig, model: Module): Part[] {
  const trained = [...model.namedParameters()].filter(([, { requiresGrad }]) => requiresGrad)
  const names = trained.map(([name]) => name)
  const rest: Choice = { fits: () => true, parts: partsFor(optimizer) }
  const grouped = paramGroups.map((group): Choice => {
    const tests = group.params.map((pattern) => namePattern(pattern, names, 'paramGroups'))
    return { fits: (name) => tests.some((fits) => fits(name)), parts: partsFor(optimizer, group) }
  })
  const choices = [rest].concat(grouped)
  const dense = denseConvolutions(model)
  for (const [name, parameter] of trained) {
    const { main, rest } = choices.findLast(({ fits }) => fits(name))!.parts
    const part = dense.has(parameter) ? main : rest
    part.params.push([name, parameter])
  }
  return choices.flatMap(({ parts: { main, rest } }) => (rest === main ? [main] : [main, rest]))
}

/**
 * For the weights of dense convolutions, and for the rest: another part where the rule is Muon unless a group asks for
 * it.
 */
function partsFor(optimizer: Rule, group: Partial<ParamGroup> = {}): Choice['parts'] {
  const main: Part = { params: [], rule: group.optimizer ?? optimizer, group }
  if (optimizer !== 'muon' || group.optimizer !== undefined) return { main, rest: main }
  return { main, rest: { params: [], rule: 'sgd', group: { ...besideMuon, ...group } } }
}

/** Weights of convolutions each of whose filters sees all input channels. */
function denseConvolutions(model: Module): Set<Parameter> {
  const modules = Array.from(model.namedModules(), ([, module]) => module)
  return new Set(modules.flatMap((module) => (module instanceof Conv2d && module.groups === 1 ? [module.weight] : [])))
}

const lrOf = ({ rule, group }: Part, config: RunConfig): number =>
  group.lr ?? (rule === config.optimizer ? config.lr : defaultLrs[rule])

function optimizerOf(part: Part, config: RunConfig): Optimizer {
  const { params, rule } = part
  const lr = lrOf(part, config)
  const { momentum, nesterov, weightDecay, nsSteps, normalizeFilters } = settingsOf(part, config)
  const groups = decayGroups(params, weightDecay, { exempt: config.decayExempt })
  if (rule === 'adamw') return new AdamW(groups, { lr })
  if (rule === 'sgd') return new SGD(groups, { lr, momentum, nesterov })
  return new Muon(groups, { lr, momentum, nesterov, nsSteps, normalize: normalizeFilters })
}

/** The run's settings with those that a group gives. */
function settingsOf({ group }: Part, config: RunConfig): RunConfig {
  const { params: _, optimizer: __, ...own } = group
  const given = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined))
  return { ...config, ...given }
}
