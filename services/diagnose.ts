/** Diagnoses the errors of all servers that Sluice uses. */
import { kafkaErrors } from '../adapters/kafka/client/errors.ts';
import { mysqlErrors } from '../engines/mysql/errors.ts';
import { postgresErrors } from '../engines/postgres/errors.ts';
import { diagnoser } from '../pipeline/errors.ts';

export const diagnose = diagnoser(postgresErrors, mysqlErrors, kafkaErrors);
