import { expect, it } from 'vitest';
import { serverSettings } from './settings.ts';

it('listens on the loopback address only, and writes whole rows to the binary log', () => {
  const settings = serverSettings(3307);
  expect(settings).toEqual(expect.arrayContaining(['--bind_address=127.0.0.1', '--port=3307', '--socket=']));
  expect(settings).toEqual(
    expect.arrayContaining(['--log_bin=binlog', '--binlog_format=ROW', '--binlog_row_image=FULL', '--server_id=1']),
  );
});

it('lets settings of the caller override its own', () => {
  const settings = serverSettings(3306, { sync_binlog: '0', max_allowed_packet: '1M' });
  expect(settings.filter((one) => one.startsWith('--sync_binlog='))).toEqual(['--sync_binlog=0']);
  expect(settings).toContain('--max_allowed_packet=1M');
});
