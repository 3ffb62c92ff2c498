import { lineageTasks } from './lineage/tasks.ts'
import { metadataTasks } from './metadata/tasks.ts'
import { miningTasks } from './mining/tasks.ts'
import { publish } from './publish.ts'
import { sensors } from './sensors.ts'
import type { TaskFunction } from './task.ts'

/** The built-in tasks, by the name a DAG's `run` gives. Plugins add theirs through the registry; a plugin's name never hides one of these. */
export const TASKS: Readonly<Record<string, TaskFunction>> = { ...lineageTasks, ...metadataTasks, ...miningTasks, ...sensors, publish }
