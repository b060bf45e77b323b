/**
 * Risks that a person accepted when a connector was made. They are noted in its configuration, beside the definitions of its
 * tables, so that whoever looks at the connector later sees why the copy may differ.
 */
import type { ConnectorConfig } from './connector-config.ts';
import type { Finding } from './source-check/finding.ts';

/** A check that was overruled, and what it had found. */
export type AcceptedRisk = Pick<Finding, 'check' | 'what'>;

/** Where a connector's configuration has them. Debezium passes over settings that it does not know. */
export const acceptedSetting = 'sluice.accepted';

/** The setting; nothing when nothing was accepted. */
export const acceptedConfig = (accepted: readonly Finding[]): ConnectorConfig =>
  accepted.length === 0
    ? {}
    : { [acceptedSetting]: JSON.stringify(accepted.map(({ check, what }): AcceptedRisk => ({ check, what }))) };

/** What a configuration has noted. */
export const acceptedRisks = (config: ConnectorConfig | undefined): readonly AcceptedRisk[] =>
  JSON.parse(config?.[acceptedSetting] ?? '[]');
