import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tries at the second factor that came by links, over all links since the last right code. */
export class CountLinkTries1790002400100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE staff ADD COLUMN link_tries integer NOT NULL DEFAULT 0`);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations only go forward'));
  }
}
