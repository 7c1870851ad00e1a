import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { REPOSITORY } from '../repository.ts';
import { ALERTS, alertsFile, runbookOf } from './alerts.ts';
import { dashboardExpressions, dashboardFile } from './dashboard.ts';
import { expressionFaults } from './expression.ts';

const SERVERS = ['node', 'vault', 'custodian'];

function load(path: string): string {
  return readFileSync(join(REPOSITORY, path), 'utf8');
}

describe('expressions', () => {
  it.each(ALERTS)('of the alert $name ask for what servers show', ({ expression }) => {
    expect(expressionFaults(expression)).toEqual([]);
  });

  it.each(dashboardExpressions())(
    'of the dashboard ask for what servers show: %s',
    (expression) => {
      expect(expressionFaults(expression)).toEqual([]);
    },
  );

  it('that ask for something else are found', () => {
    for (const wrong of [
      'ward_hight > 3',
      'rate(ward_height[5m])',
      'sum by (chart) (rate(ward_answers_total[5m]))',
      'increase(ward_answers_total{patient="x"}[5m])',
      'abs(ward_height',
      'ward_execute_seconds > 1',
      '1 > 0',
    ]) {
      expect(expressionFaults(wrong), wrong).not.toEqual([]);
    }
  });
});

describe('alerts', () => {
  it('have names of their own and times that Prometheus reads', () => {
    expect(new Set(ALERTS.map(({ name }) => name)).size).toBe(ALERTS.length);
    for (const { after, name } of ALERTS) {
      expect(after).toMatch(/^\d+[smh]$/);
      expect(name).toMatch(/^([A-Z][a-z]+)+$/);
    }
  });

  it('have a page each that says what it is, how to look, what to do and when it is over', () => {
    for (const alert of ALERTS) {
      const page = load(runbookOf(alert));
      const heads = [...page.matchAll(/^##? (.*)$/gm)].map(([, head]) => head);
      expect(heads).toEqual([
        `Ward${alert.name}`,
        ...['What it means', 'How bad it is', 'How to look', 'What to do', 'When it is over'],
      ]);
      expect(page.match(/^```sh$/gm)?.length).toBe(2);
    }
  });

  it('are the only ones that have pages', () => {
    const pages = readdirSync(join(REPOSITORY, 'docs/runbooks')).map(
      (name) => `docs/runbooks/${name}`,
    );
    expect(pages.sort()).toEqual(ALERTS.map(runbookOf).sort());
  });

  it('are led to from the page for operators', () => {
    const page = load('docs/operate.md');
    for (const alert of ALERTS) expect(page).toContain(`(${runbookOf(alert).slice(5)})`);
  });

  it('name on their pages no metric that there is not', () => {
    for (const alert of ALERTS) {
      const names = [...load(runbookOf(alert)).matchAll(/`(ward_\w+)`/g)].map(([, name]) => name!);
      for (const name of names) expect(expressionFaults(name), name).toEqual([]);
    }
  });

  it('stand in a file in which each is whole', () => {
    const rules = alertsFile().split('      - alert: ').slice(1);
    expect(rules).toHaveLength(ALERTS.length);
    for (const rule of rules) {
      expect(rule).toMatch(/^Ward\w+\n {8}expr: "/);
      expect(() => JSON.parse(/expr: (".*")$/m.exec(rule)![1]!)).not.toThrow();
      expect(rule).toMatch(/runbook_url: docs\/runbooks\/[a-z-]+\.md\n$/);
    }
  });
});

describe('the dashboard', () => {
  it('has panels that do not overlap, each with a title and a line', () => {
    const { panels } = JSON.parse(dashboardFile()) as {
      panels: { title: string; targets: object[]; gridPos: { x: number; y: number } }[];
    };
    const places = panels.map(({ gridPos: { x, y } }) => `${x} ${y}`);
    expect(new Set(places).size).toBe(panels.length);
    for (const { title, targets } of panels) {
      expect(title).not.toBe('');
      expect(targets.length).toBeGreaterThan(0);
    }
  });
});

describe('units of systemd', () => {
  const units = SERVERS.map(
    (server) => [server, load(`deploy/systemd/ward-${server}.service`)] as const,
  );

  it.each(units)('run %s as a user of its own, shut in and with time to end', (server, unit) => {
    expect(unit).toContain(`ExecStart=/usr/local/bin/ward --home /var/lib/ward ${server} start\n`);
    for (const line of [
      ...['User=ward', 'NoNewPrivileges=yes', 'CapabilityBoundingSet=', 'ProtectSystem=strict'],
      ...['ProtectHome=yes', 'PrivateTmp=yes', 'UMask=0077', 'Restart=on-failure'],
    ]) {
      expect(unit.split('\n')).toContain(line);
    }
    // The process gives itself 20 s; the unit must not be shorter.
    expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1])).toBeGreaterThan(20);
  });

  const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;
  it.skipIf(!hasSystemd)('are what systemd understands, and leave little open', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ward-units-'));
    try {
      const paths = units.map(([server, unit]) => {
        const path = join(folder, `ward-${server}.service`);
        writeFileSync(path, unit.replace('/usr/local/bin/ward', process.execPath));
        return path;
      });
      const verify = spawnSync('systemd-analyze', ['verify', ...paths], { encoding: 'utf8' });
      expect([verify.status, verify.stderr]).toEqual([0, '']);
      const flags = ['security', '--offline=yes', '--threshold=20', '--no-pager'];
      execFileSync('systemd-analyze', [...flags, ...paths], { stdio: 'ignore' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('the compose file', () => {
  const compose = load('deploy/compose.yaml');

  it('runs the three servers, with no right that they do not need', () => {
    expect(
      [...compose.matchAll(/^ {2}(\w+):\n {4}<<: \*server$/gm)].map(([, name]) => name),
    ).toEqual(SERVERS);
    for (const line of ['read_only: true', 'cap_drop: ["ALL"]', '"no-new-privileges:true"']) {
      expect(compose).toContain(line);
    }
    expect(compose).not.toMatch(/privileged|docker\.sock|0\.0\.0\.0/);
  });

  it('is scraped where the scrape configuration looks', () => {
    const targets = [...load('deploy/prometheus/prometheus.yml').matchAll(/"(127\.0\.0\.1:\d+)"/g)];
    for (const [, target] of targets) expect(compose).toContain(`WARD_OPS_LISTEN: "${target}"`);
    expect(targets).toHaveLength(SERVERS.length);
  });
});
