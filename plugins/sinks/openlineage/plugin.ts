import { definePlugin, defineSink, PLUGIN_API_VERSION } from '../../../contracts/plugin.ts'
import { openlineage } from './sink.ts'

export const plugin = definePlugin({ name: 'openlineage', apiVersion: PLUGIN_API_VERSION, sinks: [defineSink(openlineage)] })
