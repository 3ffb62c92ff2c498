import { execFile } from 'node:child_process'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { createServer } from 'node:net'
import { promisify } from 'node:util'
import { LodelineError } from '../../contracts/errors.ts'

export const LOOPBACK = '127.0.0.1'

export async function isFree(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen({ port, host: LOOPBACK, exclusive: true }, () => probe.close(() => resolve(true)))
  })
}

/** The wanted port, or a free one that the system chooses when 0 is wanted. A taken one is PORT_TAKEN, with who holds it and what is free. */
export async function claimPort(wanted: number, purpose: string, option: string): Promise<number> {
  if (wanted === 0) return await anyFreePort()
  if (await isFree(wanted)) return wanted
  const holder = await holderOf(wanted)
  const free = await nextFree(wanted + 1)
  const by = holder === null ? 'another program' : `pid ${holder.pid} (${holder.program})`
  throw new LodelineError(
    'PORT_TAKEN',
    `port ${wanted}, wanted for ${purpose}, is taken by ${by}. Port ${free} is free: \`${option} ${free}\``,
    {
      port: wanted,
      free,
      pid: holder?.pid ?? null,
    },
  )
}

async function anyFreePort(): Promise<number> {
  return await new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen({ port: 0, host: LOOPBACK }, () => {
      const address = probe.address()
      probe.close(() => (typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port'))))
    })
  })
}

async function nextFree(from: number): Promise<number> {
  for (let port = from; port < from + 200; port++) if (await isFree(port)) return port
  return await anyFreePort()
}

/** Who listens on a port: from /proc on Linux, by lsof elsewhere; null where it cannot be known (another user's, no lsof). */
export async function holderOf(port: number): Promise<{ readonly pid: number; readonly program: string } | null> {
  return process.platform === 'linux' ? await holderFromProc(port) : await holderFromLsof(port)
}

async function holderFromProc(port: number): Promise<{ readonly pid: number; readonly program: string } | null> {
  const inodes = await listeningInodes(port)
  if (inodes.size === 0) return null
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const handles = await readdir(`/proc/${pid}/fd`).catch(() => [])
    for (const handle of handles) {
      const target = await readlink(`/proc/${pid}/fd/${handle}`).catch(() => '')
      const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1]
      if (inode === undefined || !inodes.has(inode)) continue
      return { pid: Number(pid), program: (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '?')).trim() }
    }
  }
  return null
}

/** Columns of /proc/net/tcp: local address:port in hex, state (0A is listening), inode. */
async function listeningInodes(port: number): Promise<ReadonlySet<string>> {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0')
  const inodes = new Set<string>()
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const lines = (await readFile(table, 'utf8').catch(() => '')).split('\n').slice(1)
    for (const line of lines) {
      const columns = line.trim().split(/\s+/)
      if (columns[1]?.endsWith(`:${wanted}`) === true && columns[3] === '0A' && columns[9] !== undefined) inodes.add(columns[9])
    }
  }
  return inodes
}

async function holderFromLsof(port: number): Promise<{ readonly pid: number; readonly program: string } | null> {
  try {
    const { stdout } = await promisify(execFile)('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'])
    const pid = /^p(\d+)$/m.exec(stdout)?.[1]
    return pid === undefined ? null : { pid: Number(pid), program: /^c(.+)$/m.exec(stdout)?.[1] ?? '?' }
  } catch {
    return null
  }
}
