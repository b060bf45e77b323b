import { expect, it } from 'vitest';
import { stackEnv } from './env.ts';

const process = { pid: 1, started: 'then' };
const kafka = { ...process, port: 9093, controllerPort: 9094, clusterId: 'c', version: '4.1.2' };
const postgres = {
  ...process,
  port: 5433,
  database: 'migration_db',
  user: 'postgres',
  password: 'p@ss/1',
  dataDir: '/d',
};

it('has the variables of Kafka and PostgreSQL', () => {
  expect(stackEnv({ dir: '/s', kafka, postgres })).toEqual({
    KAFKA_BOOTSTRAP_SERVERS: '127.0.0.1:9093',
    POSTGRES_HOST: '127.0.0.1',
    POSTGRES_PORT: '5433',
    POSTGRES_DB: 'migration_db',
    POSTGRES_USER: 'postgres',
    POSTGRES_PASSWORD: 'p@ss/1',
    DATABASE_URL: 'postgresql://postgres:p%40ss%2F1@127.0.0.1:5433/migration_db',
  });
});

it('has the variables of a source and Kafka Connect', () => {
  const connect = { ...process, port: 8084, bootstrap: '127.0.0.1:9093', version: '4.1.2', debezium: '3' };
  const source = { ...postgres, port: 5533, database: 'sourcedb' };
  expect(stackEnv({ dir: '/s', source, connect })).toEqual({
    SOURCE_DB_URL: 'postgresql://postgres:p%40ss%2F1@127.0.0.1:5533/sourcedb',
    SOURCE_URL: 'postgresql://postgres:p%40ss%2F1@127.0.0.1:5533/sourcedb',
    KAFKA_CONNECT_URL: 'http://127.0.0.1:8084',
  });
});

it('has the variables of MariaDB, and none that turns commands for PostgreSQL to it', () => {
  const mariadb = { ...postgres, port: 3307, user: 'sluice' };
  expect(stackEnv({ dir: '/s', mariadb })).toEqual({
    MYSQL_HOST: '127.0.0.1',
    MYSQL_PORT: '3307',
    MYSQL_DATABASE: 'migration_db',
    MYSQL_USER: 'sluice',
    MYSQL_PASSWORD: 'p@ss/1',
    MYSQL_URL: 'mariadb://sluice:p%40ss%2F1@127.0.0.1:3307/migration_db',
  });
});

it('has no variable for a server that does not run', () => {
  expect(Object.keys(stackEnv({ dir: '/s', kafka }))).toEqual(['KAFKA_BOOTSTRAP_SERVERS']);
  expect(stackEnv({ dir: '/s' })).toEqual({});
});
