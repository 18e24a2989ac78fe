/** Settings that are not alike in all configurations, with the value in each; null where one lacks it. Folders do not count. */
export function differences(configs: readonly Readonly<Record<string, unknown>>[]): Record<string, unknown[]> {
  const keys = [...new Set(configs.flatMap((config) => Object.keys(config)))].filter((key) => key !== 'out')
  const rows = keys.map((key) => [key, configs.map((config) => config[key] ?? null)] as const)
  return Object.fromEntries(rows.filter(([, values]) => new Set(values.map((value) => JSON.stringify(value))).size > 1))
}
