import { Module } from '@nestjs/common';

/** The whole service: one line per context, in the order of the dependency rule. */
@Module({ imports: [] })
export class AppModule {}
