/**
 * How a worker's Node.js is started, so that it takes little memory; the image's Dockerfile has the same.
 *
 * The main thread moves data: a larger young generation holds 100 MB of what is garbage already. Heaps that grow by so many percent before they are
 * collected, not up to fourfold, hold 40 to 150 MB less. One thread collects the young generation of a heap: more of them take 10 % more CPU and wait for
 * each other.
 */
export const WORKER_FLAGS: readonly string[] = ['--max-semi-space-size=8', '--heap-growing-percent=30', '--no-parallel-scavenge']

/**
 * Of glibc's allocator: arenas of threads of their own hold 10 to 50 MB that nobody uses, and the holes that blocks of a log leave 30 to 50, so those go
 * back to the system. Most of what threads allocate is V8's, so one arena costs no time that could be measured.
 */
export const WORKER_ALLOCATOR: Readonly<Record<string, string>> = { MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '131072' }
