import { describe, expect, test } from '@jest/globals';
import type { Log } from '../../src/ports.js';
import { hiddenNames, hidingLog } from '../../src/report/hidden.js';
import { HOST, intent, VAULT } from '../fixtures/intent.js';

const SERVER = 'https://api-int.prod.example.com:6443';
const asked = intent({
  hideNames: true,
  kubernetesHost: HOST,
  secrets: [{ namespace: 'shop', name: 'db-password' }],
});

function recorder(): Log & { readonly lines: string[] } {
  const lines: string[] = [];
  return {
    lines,
    info: (line) => lines.push(line),
    notice: (title, line) => lines.push(title, line),
    warning: (title, line) => lines.push(title, line),
    error: (title, line) => lines.push(title, line),
    group: (title, more) => lines.push(title, ...more),
  };
}

describe('the names that are to be hidden', () => {
  test('are those of hosts and Secrets', () => {
    expect(hiddenNames(asked, [SERVER, HOST])).toEqual({
      hosts: ['vault.example.com', 'api.prod.example.com', 'api-int.prod.example.com', 'api.prod.example.com'],
      secrets: ['db-password', 'vault-token-reviewer'],
    });
  });

  test('hold nothing that would hide every text', () => {
    expect(hiddenNames(intent({ vault: { url: '' } }), ['', 'no url']).hosts).toEqual([]);
  });
});

describe('a log', () => {
  const told = `dial ${SERVER} and api.prod.example.com for ${VAULT}, and see secret shop/db-password`;

  test('is left alone unless names are to be hidden', () => {
    const log = recorder();
    expect(hidingLog(log, intent(), SERVER)).toBe(log);
  });

  test('hides them in every kind of line, titles too', () => {
    const log = recorder();
    const hiding = hidingLog(log, asked, SERVER);
    hiding.info(told);
    hiding.notice(told, told);
    hiding.warning(told, told);
    hiding.error(told, told);
    hiding.group(told, [told, told]);
    expect(log.lines).toHaveLength(10);
    expect(new Set(log.lines).size).toBe(1);
    expect(log.lines.join('\n')).not.toMatch(/example\.com|db-password/);
    expect(log.lines[0]).toMatch(
      /^dial https:\/\/host-\d+:6443 and host-\d+ for https:\/\/host-1:8200, and see secret shop\/secret-\d+$/,
    );
  });

  test('keeps what names nobody', () => {
    const log = recorder();
    hidingLog(log, asked, SERVER).info('kept 12 steps of auth/kubernetes-prodtest');
    expect(log.lines).toEqual(['kept 12 steps of auth/kubernetes-prodtest']);
  });
});
