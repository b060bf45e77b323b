/** Client of Kafka Connect's REST interface. Every call has a time limit, and every error has advice. */
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, PipelineError } from '../../pipeline/errors.ts';
import { type Say, sayWaiting } from '../../pipeline/waiting.ts';
import { connectorError } from './faults.ts';

/** Time limit of a request. */
const answerLimitMs = 10_000;

/** Time limit of a request for which Debezium first connects to the source, to check a configuration. */
const checkLimitMs = 60_000;

/** Milliseconds for which requests are retried while the worker rebalances its connectors. */
const rebalanceLimitMs = 30_000;

/** Milliseconds that a task may take to end. */
const stopLimitMs = 30_000;

/** States of connectors and tasks; Kafka Connect may have more. */
export type ConnectState = 'RUNNING' | 'PAUSED' | 'STOPPED' | 'FAILED' | 'UNASSIGNED' | 'RESTARTING';

/** The states of a connector and its tasks. */
export type ConnectorStatus = {
  readonly name: string;
  readonly connector: { readonly state: ConnectState; readonly worker: string; readonly trace?: string };
  readonly tasks: readonly {
    readonly id: number;
    readonly state: ConnectState;
    readonly worker: string;
    readonly trace?: string;
  }[];
};

/** The errors of one field of a configuration. */
export type FieldError = { readonly field: string; readonly errors: readonly string[] };

/** A plug-in that a worker can run. */
export type Plugin = { readonly class: string; readonly version: string };

/** A connector's configuration. */
export type ConnectorConfig = Readonly<Record<string, string>>;

/** The requests that Sluice uses. Each rejects with a PipelineError: `connect_unreachable` if there is no response. */
export type ConnectClient = {
  readonly url: string;
  readonly plugins: () => Promise<readonly Plugin[]>;
  /** Lets the plug-in check a configuration. Returns the wrong fields. */
  readonly validate: (config: ConnectorConfig) => Promise<readonly FieldError[]>;
  readonly list: () => Promise<readonly string[]>;
  /** The configurations of all connectors by name. They may contain passwords. */
  readonly configs: () => Promise<Readonly<Record<string, ConnectorConfig>>>;
  /** Undefined when there is no such connector. The configuration may contain passwords. */
  readonly config: (name: string) => Promise<ConnectorConfig | undefined>;
  /** Creates the connector, or replaces its configuration. */
  readonly put: (name: string, config: ConnectorConfig) => Promise<'created' | 'updated'>;
  /** Undefined when there is no such connector. */
  readonly status: (name: string) => Promise<ConnectorStatus | undefined>;
  /** The configurations of its tasks, which may contain passwords; empty when there is none yet. */
  readonly tasks: (name: string) => Promise<readonly ConnectorConfig[]>;
  /** The offset of each source partition, in the format of the plug-in; empty before it has started reading. */
  readonly offsets: (name: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;
  readonly pause: (name: string) => Promise<void>;
  readonly resume: (name: string) => Promise<void>;
  /** Restarts the connector and its tasks, failed or not. */
  readonly restart: (name: string) => Promise<void>;
  readonly delete: (name: string) => Promise<void>;
  /** Ends its tasks and deletes its offsets, so that a connector of this name starts from the beginning. */
  readonly forgetOffsets: (name: string) => Promise<void>;
};

type Answer = { readonly status: number; readonly body: unknown };

/**
 * A client for the worker at `url`, `http://host:port`. `say` is called when a response takes long. User and password in the
 * URL are sent as basic authentication.
 */
export function connectClient(url: URL, say: Say = () => undefined): ConnectClient {
  const base = `${url.protocol}//${url.host}${url.pathname.replace(/\/$/, '')}`;
  const credentials = url.username && `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;

  async function once(method: string, path: string, body: unknown): Promise<Answer> {
    const response = await fetch(`${base}${path}`, {
      method,
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(credentials ? { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` } : {}),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(body === undefined ? answerLimitMs : checkLimitMs),
    });
    const text = await response.text();
    return { status: response.status, body: parse(text) };
  }

  /** Sends a request, and retries while the worker rebalances. Throws for every response except a success or a 404. */
  async function ask(method: string, path: string, body?: unknown): Promise<Answer> {
    const until = Date.now() + rebalanceLimitMs;
    for (;;) {
      const work = () => once(method, path, body);
      const limitMs = body === undefined ? answerLimitMs : checkLimitMs;
      const answer = await sayWaiting(`Kafka Connect at ${base}`, limitMs, say, work).catch((cause: unknown) => {
        throw unreachable(base, cause);
      });
      if (answer.status < 400 || answer.status === 404) return answer;
      if (!isRebalancing(answer) || Date.now() >= until) throw refused(base, answer);
      await sleep(250);
    }
  }

  /** Like `ask`, and throws when the connector does not exist. */
  async function must(method: string, name: string, path: string): Promise<void> {
    const { status } = await ask(method, `/connectors/${encodeURIComponent(name)}${path}`);
    if (status === 404) throw missing(base, name);
  }

  return {
    url: base,
    plugins: async () => listOf((await ask('GET', '/connector-plugins')).body, pluginOf),
    validate: async (config) => {
      const plugin = config['connector.class']?.split('.').at(-1) ?? '';
      const { status, body } = await ask('PUT', `/connector-plugins/${plugin}/config/validate`, config);
      if (status === 404) throw connectorError(`Kafka Connect at ${base}`, describe(body));
      return listOf(field(body, 'configs'), fieldErrorOf).filter(({ errors }) => errors.length > 0);
    },
    list: async () => listOf((await ask('GET', '/connectors')).body, String),
    configs: async () => {
      const all = Object.entries(Object((await ask('GET', '/connectors?expand=info')).body));
      return Object.fromEntries(all.map(([name, one]) => [name, texts(field(field(one, 'info'), 'config'))]));
    },
    config: async (name) => {
      const { status, body } = await ask('GET', `/connectors/${encodeURIComponent(name)}/config`);
      return status === 404 ? undefined : texts(body);
    },
    put: async (name, config) => {
      const { status, body } = await ask('PUT', `/connectors/${encodeURIComponent(name)}/config`, config);
      if (status === 404) throw refused(base, { status, body });
      return status === 201 ? 'created' : 'updated';
    },
    status: async (name) => {
      const { status, body } = await ask('GET', `/connectors/${encodeURIComponent(name)}/status`);
      return status === 404 ? undefined : statusOf(body);
    },
    tasks: async (name) => {
      const { body } = await ask('GET', `/connectors/${encodeURIComponent(name)}/tasks`);
      return listOf(body, (one) => texts(field(one, 'config')));
    },
    offsets: async (name) => {
      const { body } = await ask('GET', `/connectors/${encodeURIComponent(name)}/offsets`);
      return listOf(field(body, 'offsets'), (one) => Object(field(one, 'offset')));
    },
    pause: (name) => must('PUT', name, '/pause'),
    resume: (name) => must('PUT', name, '/resume'),
    restart: (name) => must('POST', name, '/restart?includeTasks=true&onlyFailed=false'),
    delete: (name) => must('DELETE', name, ''),
    forgetOffsets: async (name) => {
      await must('PUT', name, '/stop');
      // Kafka Connect deletes offsets only after the last task has ended.
      const until = Date.now() + stopLimitMs;
      for (;;) {
        const { body } = await ask('GET', `/connectors/${encodeURIComponent(name)}/status`);
        const { connector, tasks } = statusOf(body);
        if (connector.state === 'STOPPED' && tasks.length === 0) break;
        if (Date.now() >= until) throw stillRunning(name);
        await sleep(200);
      }
      await must('DELETE', name, '/offsets');
    },
  };
}

/** Usually status 409. A request for the tasks of a connector returns 500 with the same message. */
const isRebalancing = ({ status, body }: Answer): boolean =>
  status === 409 || (status === 500 && /rebalance/i.test(describe(body)));

const unreachable = (base: string, cause: unknown): PipelineError => {
  const reason = cause instanceof Error && cause.cause !== undefined ? messageOf(cause.cause) : messageOf(cause);
  return new PipelineError('connect_unreachable', `no Kafka Connect answers at ${base}: ${reason}`, {
    advice: 'Check --connect-url (KAFKA_CONNECT_URL). `npx sluice stack up --with connect` starts a local one.',
    cause,
  });
};

const refused = (base: string, { status, body }: Answer): PipelineError => {
  const said = describe(body);
  if (status === 401 || status === 403) {
    return new PipelineError('connect_login', `Kafka Connect at ${base} refuses the login: ${said}`, {
      advice: 'Put user and password into --connect-url: http://user:password@host:port',
    });
  }
  return connectorError(`Kafka Connect at ${base} answers ${status}`, said);
};

const stillRunning = (name: string): PipelineError =>
  new PipelineError('connector_stalled', `connector ${name} did not stop in ${stopLimitMs / 1000} s`, {
    advice: 'The log of Kafka Connect may show the reason; try again.',
  });

/** The error for a missing connector. */
export const missing = (base: string, name: string): PipelineError =>
  new PipelineError('connector_missing', `Kafka Connect at ${base} has no connector ${name}`, {
    advice: '`npx sluice connector list` shows the existing ones, `npx sluice connector create` makes one.',
  });

function parse(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    // A proxy answers in HTML or plain text, which becomes the message.
    return text.slice(0, 500);
  }
}

/** The message in the body of an error. */
const describe = (body: unknown): string => {
  const message = field(body, 'message');
  return typeof message === 'string' ? message : typeof body === 'string' ? body : JSON.stringify(body ?? 'nothing');
};

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

const listOf = <T>(value: unknown, of: (one: unknown) => T): T[] => (Array.isArray(value) ? value.map(of) : []);

const texts = (value: unknown): ConnectorConfig =>
  Object.fromEntries(Object.entries(value ?? {}).map(([name, one]) => [name, String(one)]));

const pluginOf = (one: unknown): Plugin => ({
  class: textOf(field(one, 'class')),
  version: textOf(field(one, 'version')),
});

const fieldErrorOf = (one: unknown): FieldError => ({
  field: textOf(field(field(one, 'value'), 'name')),
  errors: listOf(field(field(one, 'value'), 'errors'), String),
});

const partOf = (one: unknown): ConnectorStatus['connector'] => ({
  state: textOf(field(one, 'state')) as ConnectState,
  worker: textOf(field(one, 'worker_id')),
  ...(typeof field(one, 'trace') === 'string' ? { trace: textOf(field(one, 'trace')) } : {}),
});

const statusOf = (body: unknown): ConnectorStatus => ({
  name: textOf(field(body, 'name')),
  connector: partOf(field(body, 'connector')),
  tasks: listOf(field(body, 'tasks'), (one) => ({ id: Number(field(one, 'id')), ...partOf(one) })),
});
