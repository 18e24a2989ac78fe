import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { packageRoot } from '../../src/packageRoot.js'

export interface SupplyCheck {
  what: string
  /** What was found. */
  found: string
  isGood: boolean
}

const root = fileURLToPath(packageRoot)
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const manifest = (): { dependencies: Record<string, string> } => JSON.parse(read('package.json'))

/** What ghostgrad is made of, and where it comes from. */
export function checkSupply(): SupplyCheck[] {
  return [kernels(), dependencies(), lockFile(), installScripts(), billOfMaterials(), advisories()]
}

/** The kernels that are installed are those of the source: compiled once more, byte for byte, and as noted down. */
function kernels(): SupplyCheck {
  const folder = mkdtempSync(join(tmpdir(), 'ghostgrad-kernels-'))
  try {
    execFileSync(process.execPath, [join(root, 'scripts/buildWasm.mjs'), folder])
    const sums = (path: string) =>
      readdirSync(path)
        .filter((name) => name.endsWith('.wasm'))
        .map(
          (name) =>
            `${createHash('sha256')
              .update(readFileSync(join(path, name)))
              .digest('hex')}  ${name}`,
        )
        .join('\n')
    const [rebuilt, installed, noted] = [
      sums(folder),
      sums(join(root, 'dist/wasm')),
      read('assembly/SHA256SUMS').trim(),
    ]
    const isGood = rebuilt === installed && rebuilt === noted
    return {
      what: 'kernels compiled again',
      found: isGood
        ? 'the same bytes, as in assembly/SHA256SUMS'
        : `rebuilt:\n${rebuilt}\ninstalled:\n${installed}\nnoted:\n${noted}`,
      isGood,
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Each runtime dependency has an exact version, and its reason in docs/dependencies.md. */
function dependencies(): SupplyCheck {
  const reasons = read('docs/dependencies.md')
  const own = Object.entries(manifest().dependencies)
  const wrong = own
    .filter(([name, version]) => !/^\d/.test(version) || !reasons.includes(`\`${name}\``))
    .map(([name]) => name)
  return {
    what: 'runtime dependencies',
    found:
      wrong.length === 0
        ? `${own.length}, each of one version and with its reason`
        : `not pinned, or without a reason: ${wrong.join(', ')}`,
    isGood: wrong.length === 0,
  }
}

interface LockedPackage {
  version?: string
  integrity?: string
  link?: boolean
  hasInstallScript?: boolean
  dev?: boolean
  optional?: boolean
}

/** Packages of a registry, and links to folders of the checkout. */
const locked = (): [string, LockedPackage][] =>
  Object.entries(
    (JSON.parse(read('package-lock.json')) as { packages: Record<string, LockedPackage> }).packages,
  ).filter(([path]) => path.includes('node_modules/'))

function lockFile(): SupplyCheck {
  const all = locked()
  const without = all.filter(([, { integrity, link }]) => !integrity && !link).map(([path]) => path)
  return {
    what: 'lock file',
    found:
      without.length === 0
        ? `${all.length} packages, each with its checksum`
        : `without a checksum: ${without.join(', ')}`,
    isGood: without.length === 0,
  }
}

/** Nothing that a user installs needs to run a program while it is installed. */
function installScripts(): SupplyCheck {
  const scripted = locked().filter(([, { hasInstallScript, dev }]) => hasInstallScript && !dev)
  return {
    what: 'install scripts of runtime packages',
    found: scripted.length === 0 ? 'none' : scripted.map(([path]) => path).join(', '),
    isGood: scripted.length === 0,
  }
}

/** The bill of materials that `npm sbom` makes names what users install. */
function billOfMaterials(): SupplyCheck {
  const { stdout } = spawnSync('npm', ['sbom', '--sbom-format', 'cyclonedx'], {
    cwd: root,
    encoding: 'utf8',
  })
  const { components } = JSON.parse(stdout) as { components: { name: string; version: string }[] }
  const missing = Object.keys(manifest().dependencies).filter((name) => !components.some((one) => one.name === name))
  return {
    what: 'bill of materials (CycloneDX)',
    found: missing.length === 0 ? `${components.length} packages` : `lacks ${missing.join(', ')}`,
    isGood: missing.length === 0,
  }
}

/** Known holes in what users install. Not every registry answers this question. */
function advisories(): SupplyCheck {
  const { stdout, stderr } = spawnSync('npm', ['audit', '--omit', 'dev', '--json'], { cwd: root, encoding: 'utf8' })
  const answer = parse(stdout)
  const counts = answer?.metadata?.vulnerabilities
  if (!counts) return { what: 'npm audit', found: `not answered by this registry (${firstLine(stderr)})`, isGood: true }
  return { what: 'npm audit', found: `${counts.total} known holes`, isGood: counts.total === 0 }
}

function parse(text: string): { metadata?: { vulnerabilities?: { total: number } } } | null {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

const firstLine = (text: string): string => /\d{3} [A-Z][\w ]+/.exec(text)?.[0] ?? 'no answer'
