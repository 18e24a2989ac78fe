import { read } from '../../markdown/repository.js'
import { linkedSources } from '../../markdown/sources.js'

/** A page for each source file that the documentation links to. */
export default {
  paths: () =>
    linkedSources().map((file) => {
      const language = file.split('.').at(-1)!.replace('mjs', 'js')
      const known = ['ts', 'js', 'md', 'json', 'yaml', 'txt'].includes(language) ? language : 'txt'
      return { params: { file }, content: `\`\`\`\`${known}\n${read(file)}\n\`\`\`\`` }
    }),
}
