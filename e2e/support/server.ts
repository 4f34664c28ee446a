// Starts, kills and restarts the real binary on a free port with a data folder of its own.
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectQuietLog } from './canaries';

/** Milliseconds within which a started server must be ready; the demo data take a moment. */
const READY_LIMIT_MS = 60_000;

export class Server {
  private child: ChildProcess | undefined;
  private log = '';
  /** Where the log begins to be about people: before it the demo tells its accounts. */
  private judged = 0;

  private constructor(
    private readonly port: number,
    private readonly dataDir: string,
    private readonly flags: string[],
  ) {}

  /** A demo clinic on a free port. */
  static async start(extra: string[] = []): Promise<Server> {
    return Server.with(['--demo', ...extra]);
  }

  /** A clinic in which nobody has an account yet. */
  static async empty(): Promise<Server> {
    return Server.with([]);
  }

  private static async with(flags: string[]): Promise<Server> {
    const server = new Server(await freePort(), mkdtempSync(join(tmpdir(), 'visita-e2e-')), flags);
    await server.launch();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The link on the console of an empty clinic. */
  get setupLink(): string {
    const link = /http:\S+\/setup#\S+/.exec(this.log)?.[0];
    if (!link) throw new Error(`the server prints a link:\n${this.log}`);
    return link;
  }

  /** The path of the newest link of an account that was mailed to somebody. */
  mailedLink(to: string): string | undefined {
    return this.mailed(to, /\/account#\S+/);
  }

  /** The path of the newest join link that was mailed to somebody. */
  mailedJoinLink(to: string): string | undefined {
    return this.mailed(to, /\/j#\S+/);
  }

  /** What matches in the newest letter that holds it; the clinic has no SMTP, so mail is in files. */
  private mailed(to: string, wanted: RegExp): string | undefined {
    const folder = join(this.dataDir, 'outbox');
    if (!existsSync(folder)) return undefined;
    return (
      readdirSync(folder, { withFileTypes: true })
        .filter((entry) => entry.name.endsWith('.eml'))
        .map((entry) => entry.name)
        .sort()
        .map((name) => readFileSync(join(folder, name), 'utf8'))
        .filter((letter) => letter.includes(`To: ${to}`))
        // Quoted-printable (RFC 2045): soft line breaks, and `=` as `=3D`.
        .map((letter) => wanted.exec(letter.replaceAll(/=\r?\n/g, '').replaceAll('=3D', '='))?.[0])
        .findLast((link) => link !== undefined)
    );
  }

  /** Starts the process again on the same port and data. */
  async launch(): Promise<void> {
    const bin = process.env.VISITA_BIN;
    if (!bin) throw new Error('VISITA_BIN names the server binary; `cargo xtask test` sets it');
    const args = ['serve', '--listen', `127.0.0.1:${this.port}`, '--data-dir', this.dataDir];
    const env = { ...process.env };
    const child = spawn(bin, [...args, ...this.flags], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    const keep = (chunk: Buffer) => {
      this.log += chunk.toString();
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    const deadline = Date.now() + READY_LIMIT_MS;
    while (!(await this.ready())) {
      if (child.exitCode !== null) throw new Error(`the server ended at start:\n${this.log}`);
      if (Date.now() > deadline) throw new Error(`the server was not ready in time:\n${this.log}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    this.judged = this.log.length;
  }

  /** Kills the process as a power cut would. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** Ends the process and removes its data. */
  async stop(): Promise<void> {
    await this.end('SIGTERM');
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill(signal);
    await gone;
    expectQuietLog(this.log.slice(this.judged));
  }

  private async ready(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/health/ready`)).ok;
    } catch {
      return false;
    }
  }
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}
