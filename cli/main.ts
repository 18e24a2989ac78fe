#!/usr/bin/env node
import { runProgram } from './program.js'

// Whoever read our output has had enough (`ghostgrad models | head -1`).
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

process.exitCode = await runProgram(process.argv.slice(2))
