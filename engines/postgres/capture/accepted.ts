/**
 * Risks that a user accepted when a connector was created. Its configuration stores them, and shows later why the copy may
 * differ.
 */
import type { ConnectorConfig } from './connector-config.ts';
import type { Finding } from './source-check/finding.ts';

/** An overruled check, and its finding. */
export type AcceptedRisk = Pick<Finding, 'check' | 'what'>;

/** The connector setting that holds them. Debezium ignores unknown settings. */
export const acceptedSetting = 'sluice.accepted';

/** The setting for accepted findings; empty without any. */
export const acceptedConfig = (accepted: readonly Finding[]): ConnectorConfig =>
  accepted.length === 0
    ? {}
    : { [acceptedSetting]: JSON.stringify(accepted.map(({ check, what }): AcceptedRisk => ({ check, what }))) };

/** The risks stored in a configuration. */
export const acceptedRisks = (config: ConnectorConfig | undefined): readonly AcceptedRisk[] =>
  JSON.parse(config?.[acceptedSetting] ?? '[]');
