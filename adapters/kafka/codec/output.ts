/** Output buffers of the codecs. */

/**
 * The used part of a buffer that was allocated by an upper bound. Records are views that keep the whole buffer in
 * memory, so the used part is copied unless it fills three quarters.
 */
export const trim = (buffer: Buffer, used: number): Buffer =>
  used * 4 >= buffer.length * 3 ? buffer.subarray(0, used) : Buffer.from(buffer.subarray(0, used));

/** Copies `length` bytes from `distance` bytes earlier. The ranges may overlap; then the copy repeats a pattern. */
export function repeat(buffer: Buffer, at: number, distance: number, length: number): number {
  const end = at + length;
  if (length > 32 && distance >= length) buffer.copyWithin(at, at - distance, end - distance);
  else if (distance === 1) buffer.fill(buffer[at - 1] ?? 0, at, end);
  else for (let to = at; to < end; to += 1) buffer[to] = buffer[to - distance] ?? 0;
  return end;
}

/** Copies `length` bytes from another buffer. For few bytes a loop is faster than a call. */
export function append(buffer: Buffer, at: number, from: Buffer, start: number, length: number): number {
  if (length > 32) from.copy(buffer, at, start, start + length);
  else for (let index = 0; index < length; index += 1) buffer[at + index] = from[start + index] ?? 0;
  return at + length;
}
