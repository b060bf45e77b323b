/** Proves that dead letters keep their record byte by byte, whatever its size, and that a repeated one is stored once. */
import { expect, test } from 'vitest';
import { describeMariadb } from '../../../test/mariadb.ts';
import { freshMysqlTarget } from '../../../test/mysql-target.ts';
import type { DeadLetterRow } from '../../contract.ts';
import { insertDeadLetters } from './insert.ts';

const letter = (offset: number | string, more: Partial<DeadLetterRow> = {}): DeadLetterRow => ({
  topic: 't',
  partition: 0,
  offset: String(offset),
  stage: 'write',
  code: 'refused_by_database',
  reason: 'r',
  field: null,
  key: null,
  value: null,
  headers: null,
  timestamp: '1700000000123',
  ...more,
});

describeMariadb('a dead letter', () => {
  test('keeps every byte of its record, and texts with any character (rule 20)', async () => {
    await using target = await freshMysqlTarget();
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const odd = `NUL \0, half a pair \ud800, quote ' and \\ ? 😀`;
    await insertDeadLetters(target.session, 'p', [
      letter('9223372036854775807', { key: bytes, value: bytes, headers: Buffer.from('[]'), reason: odd, field: odd }),
    ]);
    const stored = odd.replace('\ud800', '\ufffd');
    expect(await target.rows('select *, null as parked_at, null as id from dead_letter')).toEqual([
      {
        id: null,
        pipeline: 'p',
        topic: 't',
        partition: '0',
        offset: '9223372036854775807',
        stage: 'write',
        code: 'refused_by_database',
        reason: stored,
        field: stored,
        key: bytes,
        value: bytes,
        headers: Buffer.from('[]'),
        source_time: '2023-11-14 22:13:20.123000',
        parked_at: null,
      },
    ]);
  });

  test('of a record that is refused again has the latest reason and time, and is stored once', async () => {
    await using target = await freshMysqlTarget();
    await insertDeadLetters(target.session, 'p', [letter(1), letter(2), letter(1, { reason: 'same statement' })]);
    const [before] = await target.rows('select id, parked_at from dead_letter where `offset` = 2');
    await insertDeadLetters(target.session, 'p', [letter(2, { reason: 'again', timestamp: '-1' })]);
    await insertDeadLetters(target.session, 'P', [letter(2)]);
    expect(await target.rows('select pipeline, `offset`, reason from dead_letter order by id')).toEqual([
      { pipeline: 'p', offset: '1', reason: 'same statement' },
      { pipeline: 'p', offset: '2', reason: 'again' },
      { pipeline: 'P', offset: '2', reason: 'r' },
    ]);
    const [after] = await target.rows(
      `select id, parked_at, source_time from dead_letter where \`offset\` = 2 and pipeline = 'p'`,
    );
    expect(after).toMatchObject({ id: before?.id, source_time: '2023-11-14 22:13:20.123000' });
    expect(String(after?.parked_at) > String(before?.parked_at)).toBe(true);
  });

  test('may take more than half of the largest statement, alone or with others', async () => {
    await using target = await freshMysqlTarget();
    const { session } = target;
    const large = Buffer.alloc(Math.floor(session.maxPacketBytes * 0.9), 0xfe);
    const middle = Buffer.alloc(Math.floor(session.maxPacketBytes * 0.2), 0x27);
    const rows = [
      letter(1),
      letter(2, { value: middle }),
      letter(3, { value: middle }),
      letter(4, { value: large }),
      letter(5),
    ];
    await insertDeadLetters(session, 'p', rows);
    expect(
      await target.rows(
        'select `offset`, length(value) as size, sha2(value, 256) = sha2(repeat(char(0x27), length(value)), 256) as same from dead_letter order by 1',
      ),
    ).toEqual([
      { offset: '1', size: null, same: null },
      { offset: '2', size: String(middle.length), same: '1' },
      { offset: '3', size: String(middle.length), same: '1' },
      { offset: '4', size: String(large.length), same: '0' },
      { offset: '5', size: null, same: null },
    ]);
  });

  test('of a transaction that rolls back is not stored', async () => {
    await using target = await freshMysqlTarget();
    await target.session.run('start transaction');
    await insertDeadLetters(target.session, 'p', [letter(1)]);
    await target.session.run('rollback');
    expect(await target.rows('select * from dead_letter')).toEqual([]);
  });
});
