import type { Statement } from '../tree.ts'

/** The statement's kind as lineage gives it out: its verb, with its object for DDL. */
export function kindOf(statement: Statement): string {
  const words = statement.keyword.trim().toUpperCase().replace(/\W+/g, '_')
  switch (statement.kind) {
    case 'query':
      return 'SELECT'
    case 'insert':
      return 'INSERT'
    case 'update':
      return 'UPDATE'
    case 'delete':
      return 'DELETE'
    case 'merge':
      return 'MERGE'
    case 'create':
      return `CREATE_${statement.what.replaceAll('-', '_').toUpperCase()}`
    case 'routine':
      if (words === 'CREATE_RULE' || words === 'CREATE_FLOW') return words
      return words.startsWith('ALTER') ? `ALTER_${statement.what.toUpperCase()}` : `CREATE_${statement.what.toUpperCase()}`
    case 'copy':
    case 'alter':
    case 'wrap':
    case 'fetch':
    case 'other':
    case 'unparsed':
      return words === '' ? statement.kind.toUpperCase() : words
    case 'block':
      return statement.what.toUpperCase()
    case 'drop':
      return `DROP_${statement.what.replaceAll(' ', '_')}`
    case 'use':
    case 'set':
    case 'declare':
    case 'execute':
      return words
    case 'truncate':
    case 'call':
      return statement.kind.toUpperCase()
    default:
      return statement satisfies never
  }
}
