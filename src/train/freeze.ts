import { BatchNorm1d, BatchNorm2d } from '../nn/batchNorm.js'
import type { AnyModule, Module } from '../nn/module.js'
import { ConfigError } from '../tensor/errors.js'
import { type NameTest, namePattern } from './patterns.js'

/**
 * Take parameters out of training, by patterns for their names: `*` stands for any text, dots included, `?` for one character, and a
 * pattern that begins with `!` takes parameters back in; of several that fit, the last one counts.
 * @example freeze(model, ['*', '!fc.*']) // all but the classifier
 * @returns the names of the frozen parameters
 * @throws ConfigError if a pattern fits no name, or nothing is left to train
 */
export function freeze(model: Module, patterns: readonly string[]): string[] {
  const parameters = [...model.namedParameters()]
  const names = parameters.map(([name]) => name)
  const rules = patterns.map((pattern) => ruleOf(pattern, names))
  const frozen = parameters.filter(([name]) => rules.findLast(({ fits }) => fits(name))?.freezes)
  if (frozen.length === parameters.length) {
    throw new ConfigError(
      `freeze: ${patterns.join(',')} freezes all ${names.length} parameters: nothing is left to train`,
    )
  }
  for (const [, parameter] of frozen) parameter.requiresGrad = false
  return frozen.map(([name]) => name)
}

function ruleOf(pattern: string, names: readonly string[]): { freezes: boolean; fits: NameTest } {
  const freezes = !pattern.startsWith('!')
  const glob = freezes ? pattern : pattern.slice(1)
  return { freezes, fits: namePattern(glob, names, 'freeze') }
}

/**
 * Training mode for a model of which parts are frozen: a batch norm whose scale and shift are both frozen stays in evaluation mode, so
 * that it normalizes by its running statistics and leaves them as they are (as `trainable = False` does in Keras; in PyTorch it takes
 * a call of `bn.eval()`).
 */
export function trainingMode(model: Module): void {
  model.train()
  for (const [, module] of model.namedModules()) if (isFrozenNorm(module)) module.training = false
}

const isFrozenNorm = (module: AnyModule | BatchNorm1d | BatchNorm2d): boolean =>
  (module instanceof BatchNorm1d || module instanceof BatchNorm2d) &&
  module.weight?.requiresGrad === false &&
  module.bias?.requiresGrad === false
