/**
 * Errors of a batch that cannot be unpacked or read. kafkajs retries a failed fetch unless the error has
 * `retriable: false`. The same bytes would fail again, so the consumer stops at once and the run ends with the reason.
 */
import { PipelineError } from '../../../pipeline/errors.ts';

/** A batch that is damaged or too large. */
export class CodecError extends PipelineError {
  /** Read by kafkajs. */
  readonly retriable = false;
}

const advice =
  'Read the partition with kafka-console-consumer from the checkpoint on: if it fails too, the log is damaged; if not, please report it.';

/** The bytes violate the format of the codec. */
export const corrupt = (codec: string, what: string, cause?: unknown): CodecError =>
  new CodecError('corrupt_batch', `a ${codec} batch cannot be unpacked: ${what}`, { advice, cause });

/** The bytes are not a valid record batch. */
export const damaged = (offset: bigint, what: string): CodecError =>
  new CodecError('corrupt_batch', `the batch at offset ${offset} cannot be read: ${what}`, { advice });

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

/** The batch would unpack to more than the memory limit. */
export const tooLarge = (codec: string, limit: number): CodecError =>
  new CodecError('batch_too_large', `a ${codec} batch unpacks to more than ${mebibytes(limit)}`, {
    advice:
      'Lower batch.size or max.request.size of the producer; if the data is not yours, suspect a decompression bomb.',
  });
