import { expect, test } from 'vitest';
import { createSessions } from './session.ts';

const hour = 60 * 60 * 1000;

function clocked() {
  let time = 0;
  const sessions = createSessions(() => time);
  return {
    sessions,
    later: (milliseconds: number) => void (time += milliseconds),
    signIn: () => sessions.signIn(sessions.token) ?? '',
  };
}

test('each sign-in gets a secret of its own; neither a token nor nothing is one', () => {
  const { sessions, signIn } = clocked();
  const secrets = [signIn(), signIn()];
  expect(new Set(secrets).size).toBe(2);
  expect(secrets.map((secret) => sessions.accepts(secret))).toEqual([true, true]);
  expect([sessions.token, '', undefined, 'AAAA'].map((secret) => sessions.accepts(secret))).toEqual([
    false,
    false,
    false,
    false,
  ]);
});

test('a session that is not used for twelve hours ends, and use keeps it', () => {
  const { sessions, later, signIn } = clocked();
  const [used, left] = [signIn(), signIn()];
  later(7 * hour);
  sessions.accepts(used);
  later(6 * hour);
  expect([sessions.accepts(used), sessions.accepts(left)]).toEqual([true, false]);
});

test('a session lives as long as its page is connected', () => {
  const { sessions, later, signIn } = clocked();
  const secret = signIn();
  const letGo = sessions.hold(secret);
  later(100 * hour);
  expect(sessions.accepts(secret)).toBe(true);
  letGo();
  later(13 * hour);
  expect(sessions.accepts(secret)).toBe(false);
});

test('there are 32 sessions at most: the one unused for longest ends', () => {
  const { sessions, later, signIn } = clocked();
  const secrets = Array.from({ length: 33 }, () => {
    later(1);
    return signIn();
  });
  expect(secrets.filter((secret) => !sessions.accepts(secret))).toEqual([secrets[0]]);
});
