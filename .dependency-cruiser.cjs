/** Imports point one way (types included). What each folder may import, besides itself: */
const allow = {
  contracts: [],
  lineage: ['contracts'],
  catalog: ['contracts'],
  plugins: ['contracts'],
  workflows: ['contracts'],
  activities: ['contracts', 'lineage', 'catalog'],
  deploy: ['contracts', 'catalog'],
  client: ['contracts', 'lineage', 'catalog', 'deploy', 'workflows/messages'],
  worker: ['contracts', 'lineage', 'catalog', 'plugins', 'activities', 'deploy', 'workflows'],
}
const ours = `^(${Object.keys(allow).join('|')}|test)/`
const npm = 'node_modules/'
const rule = (name, from, to) => ({ name, severity: 'error', from, to })
module.exports = {
  forbidden: [
    ...Object.entries(allow).map(([from, to]) =>
      rule(`${from}-imports`, { path: `^${from}/` }, { path: ours, pathNot: `^(${[from, ...to].join('|')})[/.]` }),
    ),
    rule('no-cycle', {}, { circular: true }),
    rule('temporal-free', { path: '^(contracts|lineage|catalog|plugins)/' }, { path: `${npm}@temporalio/` }),
    rule('workflow-packages', { path: '^workflows/' }, { path: npm, pathNot: `${npm}(@temporalio/(workflow|common)|zod)/` }),
    rule('no-builtins', { path: '^(workflows|lineage|contracts)/' }, { dependencyTypes: ['core'] }),
    rule('pure-lineage', { path: '^lineage/' }, { dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer'] }),
    rule('plugin-island', { path: '^plugins/([^/]+/[^/]+)/' }, { path: '^plugins/', pathNot: '^plugins/$1/' }),
    rule('unresolved', {}, { couldNotResolve: true }),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
}
