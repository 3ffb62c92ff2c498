/**
 * Statements that are known and have no lineage, by their first word, with the kind they are counted as. Words that
 * start a statement with lineage too (GET, LOCK, DO, …) are not here: their rules decide.
 */
// biome-ignore format: a table
export const NOISE: ReadonlyMap<string, string> = new Map(
  [
    // transactions
    'COMMIT', 'ROLLBACK', 'SAVEPOINT', 'SAVE', 'START', 'BT', 'ET', 'ABORT', 'CHECKPOINT',
    // rights
    'GRANT', 'REVOKE', 'DENY', 'GIVE', 'REASSIGN',
    // looking and explaining
    'SHOW', 'SHO', 'HELP', 'LIST', 'LS', 'COMMENT', 'PRAGMA', 'CHECK', 'CHECKSUM', 'VALIDATE', 'DIAGNOSTIC', 'DUMP', 'EXISTS',
    // upkeep
    'ANALYZE', 'ANALYSE', 'VACUUM', 'OPTIMIZE', 'COLLECT', 'REINDEX', 'REFRESH', 'REPAIR', 'MSCK', 'FSCK', 'REORG', 'CLUSTER', 'CLEAR', 'UNCACHE', 'PURGE', 'FLUSH', 'DBCC', 'BACKUP', 'RESTORE',
    'RECLUSTER', 'INSTALL', 'ATTACH', 'DETACH', 'KILL', 'SHUTDOWN', 'RESTART', 'SYSTEM', 'UNDROP', 'UNLOCK', 'RECONFIGURE', 'STATISTICS', 'WATCH', 'SYNC', 'SUSPEND', 'RESUME', 'MOVE', 'DELTA', 'GENERATE',
    'ADD', 'CONVERT', 'DFS', 'RELOAD', 'REMOVE', 'RM', 'UNSET', 'RESET', 'DISCARD', 'DELETE_JAR', 'INCREMENTAL', 'DIAGNOSE', 'SECURITY', 'CHANGE', 'STOP', 'UNDO', 'CLONE', 'UNINSTALL', 'FORCE', 'PARALLEL', 'CONNECT', 'DISCONNECT', 'HOLD',
    // scripts and cursors
    'PRINT', 'RAISE', 'RAISERROR', 'THROW', 'SIGNAL', 'RESIGNAL', 'WAITFOR', 'GOTO', 'BREAK', 'CONTINUE', 'EXIT', 'LEAVE', 'ITERATE', 'NULL', 'ASSERT', 'CLOSE', 'DEALLOCATE', 'FREE',
    'LISTEN', 'NOTIFY', 'UNLISTEN', 'HANDLER', 'AWAIT', 'CANCEL', 'PROMPT', 'SPOOL', 'WHENEVER', 'EXIT_SQL', 'QUIT', 'LOGON', 'LOGOFF', 'REVERT', 'SETUSER', 'ENABLE', 'DISABLE', 'XA', 'BINLOG', 'DELIMITER', 'PARSE_DDL', 'DIGEST',
    'READTEXT', 'WRITETEXT', 'UPDATETEXT', 'REPL', 'LOGGING', 'CONNECT', 'RUNSTATS', 'LABEL', 'COMPILE',
    'ADMINISTER', 'PIPE', 'DEFINE',
    'ASSOCIATE', 'DISASSOCIATE', 'AUDIT', 'NOAUDIT', 'FLASHBACK', 'INITIATE', 'RECEIVE', 'SEND', 'SOURCE', 'RELEASE', 'CHANGES',
  ].map((word) => [word, kindOf(word)]),
)

/** Words whose kind is called otherwise. */
function kindOf(word: string): string {
  if (word === 'RELEASE') return 'SAVEPOINT'
  if (word === 'ABORT') return 'ROLLBACK'
  if (word === 'BREAK' || word === 'EXIT' || word === 'LEAVE' || word === 'ITERATE') return 'BREAK'
  if (word === 'SAVE') return 'SAVEPOINT'
  if (word === 'SIGNAL' || word === 'RESIGNAL') return 'RAISE'
  return word
}
