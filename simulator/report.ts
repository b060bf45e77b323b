/** Progress of the simulator as data; `describeReport` makes a line of it for a terminal. */

export type Report =
  /** The topic did not exist and was created. */
  | { readonly kind: 'topic-created'; readonly topic: string; readonly partitions: number }
  /** The topic is scanned for its highest sequence number. */
  | { readonly kind: 'scanning'; readonly read: number; readonly total: number }
  /** The scan has ended; null when the topic has no sequence number. */
  | { readonly kind: 'scanned'; readonly highest: bigint | null }
  /** The file is sent with its own numbers, so events that were applied before will be superseded. */
  | { readonly kind: 'own-sequences'; readonly file: string }
  /** A cycle begins with `start` as its lowest sequence number. */
  | { readonly kind: 'fresh-sequences'; readonly start: bigint }
  /** `sent` events of the cycle are durable; `total` is null when unknown. */
  | { readonly kind: 'progress'; readonly sent: number; readonly total: number | null; readonly perSecond: number }
  | { readonly kind: 'cycle-done'; readonly cycle: number; readonly sent: number; readonly seconds: number }
  /** Between two cycles. */
  | { readonly kind: 'waiting'; readonly seconds: number };

/** With commas between thousands in every locale. */
const count = (value: number | bigint): string => String(value).replace(/\B(?=(\d{3})+$)/g, ',');

/** One line for a person, without a line end. A terminal overwrites `progress` and `scanning` lines. */
export function describeReport(report: Report): string {
  switch (report.kind) {
    case 'topic-created':
      return `created topic ${report.topic} with ${report.partitions} partitions`;
    case 'scanning':
      return `looking for the highest cdc_sequence: ${count(report.read)} of ${count(report.total)} records`;
    case 'scanned':
      return report.highest === null
        ? 'the topic has no cdc_sequence yet'
        : `highest cdc_sequence in the topic: ${report.highest}`;
    case 'own-sequences':
      return `replaying ${report.file} with its own sequence numbers: events already applied will count as superseded`;
    case 'fresh-sequences':
      return `sequence numbers start at ${report.start}`;
    case 'progress':
      return `sent ${count(report.sent)}${report.total === null ? '' : ` of ${count(report.total)}`} events, ${count(report.perSecond)}/s`;
    case 'cycle-done':
      return `cycle ${report.cycle}: sent ${count(report.sent)} events in ${report.seconds.toFixed(1)} s`;
    case 'waiting':
      return `next cycle in ${report.seconds} s`;
  }
}
