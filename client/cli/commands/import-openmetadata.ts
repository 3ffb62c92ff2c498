import { readFile, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { importOpenMetadata } from '../../import/openmetadata.ts'
import { defineCommand } from '../command.ts'
import { EXIT } from '../exit-codes.ts'

export const command = defineCommand({
  summary: "Turn OpenMetadata's workflow YAML into lodeline's",
  description:
    'Metadata, usage and lineage workflows of Athena, one or many documents. Prints the YAML; what has no counterpart is said on stderr. Nothing is applied.',
  args: [{ name: 'file', description: 'The workflow file' }],
  flags: { out: { type: 'string', value: 'FILE', description: 'Write the YAML there instead of printing it' } },
  examples: [
    { line: 'lodeline import openmetadata examples/openmetadata/athena.yaml --out lake.yaml', says: 'write it, look at it' },
    { line: 'lodeline apply -f lake.yaml --dry-run', says: 'and see what it would change' },
  ],
  async run({ file, out }, deps) {
    const text = (await readFile(resolve(deps.cwd, file), 'utf8')).replace(/^\uFEFF/, '')
    const { yaml, notes } = importOpenMetadata(text)
    for (const note of notes) deps.output.note(note)
    if (out !== undefined) await writeFile(resolve(deps.cwd, out), yaml)
    return {
      code: EXIT.done,
      text: out === undefined ? yaml.trimEnd() : `Written to ${out}. \`lodeline apply -f ${out} --dry-run\` shows what it would do.`,
      data: { yaml, notes },
    }
  },
})
