import type { TaskFunction } from '../task.ts'
import { fetchHistory } from '../usage/fetch.ts'
import { locationLineage } from './locations.ts'
import { lineageReport } from './report.ts'
import { viewLineage } from './views.ts'

export const lineageTasks: Readonly<Record<string, TaskFunction>> = {
  'history.fetch': fetchHistory,
  'lineage.views': viewLineage,
  'lineage.locations': locationLineage,
  'lineage.report': lineageReport,
}
