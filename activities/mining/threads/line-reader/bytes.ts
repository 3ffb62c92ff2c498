/** Sixteen bytes at a time. */

const masks: usize = memory.data<u8>([
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
])

/** The first bytes, fewer than sixteen, and zeros. */
export function firstBytes(chunk: v128, count: i32): v128 {
  return v128.and(chunk, v128.load(masks + 16 - count))
}

export function sameBytes(one: usize, other: usize, count: i32): bool {
  let left = count
  for (; left >= 16; left -= 16) {
    if (v128.any_true(v128.xor(v128.load(one), v128.load(other)))) return false
    one += 16
    other += 16
  }
  return left === 0 || !v128.any_true(firstBytes(v128.xor(v128.load(one), v128.load(other)), left))
}

/** Two accumulators of a hash take up a chunk: `b = turned(b, a = mixed(a, chunk))`. */
export function mixed(a: v128, chunk: v128): v128 {
  const product = i32x4.mul(v128.xor(a, chunk), i32x4.splat(0x01000193))
  return v128.xor(product, i32x4.shr_u(product, 15))
}

export function turned(b: v128, a: v128): v128 {
  const moved = v128.shuffle<u8>(b, b, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3)
  return v128.xor(v128.or(i32x4.shl(moved, 5), i32x4.shr_u(moved, 27)), a)
}

/** 32 bits of the lanes. */
export function folded(lanes: v128, seed: i32, factor: i32): i32 {
  let hash = seed
  hash = (hash ^ i32x4.extract_lane(lanes, 0)) * factor
  hash ^= hash >>> 15
  hash = (hash ^ i32x4.extract_lane(lanes, 1)) * factor
  hash ^= hash >>> 13
  hash = (hash ^ i32x4.extract_lane(lanes, 2)) * factor
  hash ^= hash >>> 16
  hash = (hash ^ i32x4.extract_lane(lanes, 3)) * factor
  return hash ^ (hash >>> 14)
}
