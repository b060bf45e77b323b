/** What the simulator says while it works, as data; `describeReport` puts it into words for a terminal. */

export type Report =
  /** The topic was missing and has been made. */
  | { readonly kind: 'topic-created'; readonly topic: string; readonly partitions: number }
  /** The highest sequence number is being looked for. */
  | { readonly kind: 'scanning'; readonly read: number; readonly total: number }
  /** It was found; null when the topic has none. */
  | { readonly kind: 'scanned'; readonly highest: bigint | null }
  /** The file goes out with the numbers it carries, so what the pipeline applied before is superseded. */
  | { readonly kind: 'own-sequences'; readonly file: string }
  /** A cycle begins whose lowest sequence number is `start`. */
  | { readonly kind: 'fresh-sequences'; readonly start: bigint }
  /** So much of the cycle is durable; `total` is null when nobody knows. */
  | { readonly kind: 'progress'; readonly sent: number; readonly total: number | null; readonly perSecond: number }
  | { readonly kind: 'cycle-done'; readonly cycle: number; readonly sent: number; readonly seconds: number }
  /** Between two cycles. */
  | { readonly kind: 'waiting'; readonly seconds: number };

/** Thousands separated by commas, whatever the locale. */
const count = (value: number | bigint): string => String(value).replace(/\B(?=(\d{3})+$)/g, ',');

/** One line for a person, without a line end. `progress` and `scanning` lines are meant to overwrite each other. */
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
