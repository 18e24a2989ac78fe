/**
 * Trust: what ghostgrad survives, tried for real. Each part prints a table, and fails if anything went wrong.
 *
 *   npm run trust                       all parts in a short form
 *   npm run trust -- crashes --kills 300
 *   npm run trust -- fuzz --seconds 60  damaged files for every reader
 */
import { Command } from 'commander'
import '../src/index.js'
import { addCrashes } from './crashes/command.js'
import { addFuzz } from './fuzz/command.js'
import { addNumerics } from './numerics/command.js'
import { addServer } from './server/command.js'
import { addSoak } from './soak/command.js'
import { addSupply } from './supply/command.js'

const parts = [addSupply, addFuzz, addCrashes, addNumerics, addServer, addSoak]

/** A fresh parser for each part: options that were read once stay with the command. */
const programOf = (part: (program: Command) => void): Command => {
  const program = new Command('trust')
  part(program)
  return program
}

const program = new Command('trust')
for (const part of parts) part(program)
program.command('all', { isDefault: true, hidden: true }).action(async () => {
  for (const part of parts) {
    const alone = programOf(part)
    const name = alone.commands[0]!.name()
    console.log(`=== ${name}: ${alone.commands[0]!.description()}\n`)
    await alone.parseAsync([name], { from: 'user' })
  }
})
await program.parseAsync()
