/**
 * What a batch can be guilty of. kafkajs repeats a failed fetch unless the error says `retriable: false`; the same bytes
 * would fail again, so the consumer stops at once and the run ends with the reason.
 */
import { PipelineError } from '../../../pipeline/errors.ts';

/** A batch that cannot be unpacked or read, or must not be. */
export class CodecError extends PipelineError {
  /** Read by kafkajs. */
  readonly retriable = false;
}

const readItOtherwise =
  'Read the partition with kafka-console-consumer from the checkpoint on: if it fails too, the log is damaged; if not, please report it.';

/** The bytes are not what the codec calls for. */
export const corrupt = (codec: string, what: string, cause?: unknown): CodecError =>
  new CodecError('corrupt_batch', `a ${codec} batch cannot be unpacked: ${what}`, { advice: readItOtherwise, cause });

/** The bytes are no batch of records. */
export const damaged = (offset: bigint, what: string): CodecError =>
  new CodecError('corrupt_batch', `the batch at offset ${offset} cannot be read: ${what}`, { advice: readItOtherwise });

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

/** Unpacked, the batch would be larger than is held in memory for one. */
export const tooLarge = (codec: string, limit: number): CodecError =>
  new CodecError('batch_too_large', `a ${codec} batch unpacks to more than ${mebibytes(limit)}`, {
    advice:
      'Lower batch.size or max.request.size of the producer; if the data is not yours, suspect a decompression bomb.',
  });
