/** The pipeline up to a stage, with its own source and stages. Its output is released at once. */

import { map, type Observable, type OperatorFunction } from 'rxjs';
import { KafkaSource } from '../adapters/kafka/source/source.ts';
import { postgresEngine } from '../engines/postgres/engine.ts';
import { CopyRows } from '../engines/postgres/load/copy-rows.ts';
import { claimsOn } from '../engines/sink/claims.ts';
import { parseUserEvent } from '../formats/flat/parse-user-event.ts';
import { type Batch, zeroCounts } from '../pipeline/batch.ts';
import type { Change } from '../pipeline/change.ts';
import { enrichmentGraph } from '../pipeline/graph.ts';
import { nothingWritten, type Sink, type Source } from '../pipeline/ports.ts';
import { nothingNoticed } from '../pipeline/progress.ts';
import { runGraph } from '../pipeline/runner.ts';
import { perRecord } from '../pipeline/stage.ts';
import type { Committed } from '../pipeline/stages/acknowledge.ts';
import { decode } from '../pipeline/stages/decode.ts';
import { Window } from '../pipeline/window.ts';
import { diagnose } from '../services/diagnose.ts';
import type { EnrichmentParts, Pipeline, TopicParts } from '../services/enrich/pipeline.ts';
import { noticesTo } from '../services/events.ts';
import { enrichments } from '../udfs/registry.ts';
import type { LayerOrder } from './protocol.ts';

/** A sink that keeps nothing. */
const nowhere: Sink<Change> = {
  server: 'nowhere',
  diagnose,
  write: async (_, group) => ({ ...nothingWritten, committed: group }),
  close: async () => {},
};

/** Runs the pipeline without a sink. Checkpoints do not advance, so a topic can be read only once. */
export function withoutSink(
  layer: Exclude<LayerOrder['layer'], 'whole'>,
  parts: EnrichmentParts,
  { kafka, topic, from }: TopicParts,
): Pick<Pipeline<KafkaSource>, 'source' | 'run'> {
  const { database, groupId, orderBy, events, windowBytes } = parts;
  const logger = noticesTo(events);
  const source = new KafkaSource({
    kafka,
    topics: { kind: 'one', topic },
    from,
    onLostPosition: 'fail',
    groupId,
    logger,
    events,
    window: new Window(windowBytes),
    claims: claimsOn({ engine: postgresEngine(database, { logger }), pipeline: groupId, orderBy, logger }),
  });
  const graph = graphOf(layer, source, parts);
  return { source, run: (stop) => runGraph({ graph, source, sink: nowhere, stop, events }) };
}

function graphOf(
  layer: Exclude<LayerOrder['layer'], 'whole'>,
  source: Source,
  { orderBy, onTooLong, lanes, transactionRecords, events }: EnrichmentParts,
): Observable<Committed> {
  const options = { orderBy, onTooLong, enrichments, noticed: nothingNoticed(), rows: new CopyRows() };
  switch (layer) {
    case 'consume':
      return source.batches().pipe(releaseAtOnce(source));
    case 'decode':
      return source.batches().pipe(perRecord(decode((value) => parseUserEvent(value, options))), releaseAtOnce(source));
    case 'enrich': {
      const pipework = { source, sink: nowhere, events, lanes, breaker: null, transactionRecords };
      return enrichmentGraph({ ...options, ...pipework });
    }
  }
}

const releaseAtOnce = (source: Source): OperatorFunction<Batch<unknown>, Committed> =>
  map((batch) => {
    source.release(batch, 'durable');
    return { counts: { ...zeroCounts, read: batch.read }, batches: [batch] };
  });
