/** Where things lie in the module's memory. What JavaScript fills or reads is exported as an address by ./line.ts. */

export const MOST_MEMBERS: i32 = 64
export const MEMBER_BYTES: i32 = 128
/** Of contracts/query-record.ts, and some to spare. */
export const MOST_FIELDS: i32 = 16
export const KEPT_VALUES: i32 = 256
export const VALUE_BYTES: i32 = 64
export const MOST_PLACES: i32 = 256
export const BLOCK_BYTES: i32 = 1 << 20
export const TEXT_BYTES: i32 = 1 << 18
/** What is loaded sixteen bytes at a time may reach beyond the end. */
export const SPARE_BYTES: i32 = 32

/** What each byte is to a skeleton. */
export const kinds: usize = memory.data(256)
/** Two tables of a set of bytes, by the lower and the upper half of a byte: it is in the set where both have a bit in common. */
export const stopHalves: usize = memory.data(32)
export const wordHalves: usize = memory.data(32)

export const memberBytes: usize = memory.data(MOST_MEMBERS * MEMBER_BYTES)
export const memberLengths: usize = memory.data(MOST_MEMBERS * 4)
export const memberFields: usize = memory.data(MOST_MEMBERS * 4)

/** Of the line last read, by field: offsets in `block`, -1 where the line has none. */
export const starts: usize = memory.data(MOST_FIELDS * 4)
export const ends: usize = memory.data(MOST_FIELDS * 4)
/** Where the value is kept, and which one it is there; 0: it is not kept. */
export const slots: usize = memory.data(MOST_FIELDS * 4)
export const ids: usize = memory.data(MOST_FIELDS * 4)

export const valueBytes: usize = memory.data(MOST_FIELDS * KEPT_VALUES * VALUE_BYTES)
export const valueLengths: usize = memory.data(MOST_FIELDS * KEPT_VALUES * 4)
export const valueIds: usize = memory.data(MOST_FIELDS * KEPT_VALUES * 4)

/** What was found beside, by RESULT_…. */
export const results: usize = memory.data(8 * 4)
export const RESULT_HIGH: i32 = 0
export const RESULT_LOW: i32 = 1
export const RESULT_PLACES: i32 = 2
/** Where reading goes on, and how many members were read. */
export const RESULT_MEMBER_AT: i32 = 3
export const RESULT_MEMBER: i32 = 4

/** Offsets of the numbers of a skeleton whose value is part of it. */
export const places: usize = memory.data(MOST_PLACES * 4)

export const block: usize = memory.data(BLOCK_BYTES + SPARE_BYTES)
export const text: usize = memory.data(TEXT_BYTES + SPARE_BYTES)
